import { createHash } from "node:crypto";
import { algorithm, compileDigest, type Manifest, registerAlgorithm, toHex } from "@digest-sync/core";
import { crc32 } from "@digest-sync/core/weak-algorithms";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import { type Contact, changed, contact, contacts, encodingOf, manifest } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";

const sha512: Manifest = changed({ algorithm: "test-sha512-256" });

describe("invariant 8, the server's algorithm may be another", () => {
  it("that is not registered: an error that names what to import, and nothing changes", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(2));
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    const before = await contentsOf(store);
    server.tamper = {
      verify: (_answer, { root }) => ({ type: "manifest-changed", base: root, manifest: new Uint8Array(8) }),
      manifest: (own) => ({ ...own, algorithm: "md4" }),
    };
    const error = await failure(sync.sync(), "unknown-algorithm");
    expect(error.message).toMatch(/md4.*registerAlgorithm.*"@digest-sync\/core\/weak-algorithms"/);
    expect(await contentsOf(store)).toEqual(before);
    server.tamper = {};
    expect(await sync.sync()).toMatchObject({ inSync: true });
  });

  it("that is registered: the bytes held are hashed anew, and nothing is transferred again", async () => {
    registerAlgorithm({
      name: sha512.algorithm,
      hash: (bytes) => new Uint8Array(createHash("sha512").update(bytes).digest().subarray(0, 32)),
    });
    expect(toHex(algorithm(sha512.algorithm).hash(new Uint8Array(0)))).toMatch(/^cf83e1357eefb8bd/);
    const server = await startServer();
    const fill = () => {
      server.set.put("Contact", ...contacts(1_200));
      server.set.put("Note", { id: "n", text: "t" });
    };
    fill();
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    const told: unknown[] = [];
    sync.subscribe((change) => told.push(change));
    server.deploy(sha512);
    fill();

    const result = await sync.sync();

    expect(result).toMatchObject({ inSync: true, upserted: 0, deleted: 0, count: 1_201, rounds: 2 });
    expect(told).toEqual([]);
    expect(await newClient(server, { store }).audit()).toMatchObject({
      rows: 1_201,
      corrupted: [],
      sumsRepaired: false,
    });
    // Back again: the app's own manifest, with digests under the other algorithm in the store.
    server.deploy(manifest);
    fill();
    expect(await newClient(server, { store }).sync()).toMatchObject({ inSync: true, upserted: 0, count: 1_201 });
  });

  it("crc32, whose digests collide: two rows with one digest are synced nevertheless, and dropped nevertheless", async () => {
    registerAlgorithm(crc32);
    const weak = changed({ algorithm: "crc32" });
    const server = await startServer(weak);
    const hash = compileDigest("Contact", "crc32");
    // The birthday paradox: of 200,000 rows several have equal digests.
    const seen = new Map<string, Contact>();
    let twins: Contact[] = [];
    for (let i = 0; twins.length === 0 && i < 200_000; i++) {
      const row = contact(`c${i}`);
      const digest = toHex(hash(encodingOf("Contact", row)));
      const other = seen.get(digest);
      if (other !== undefined) twins = [other, row];
      seen.set(digest, row);
    }
    expect(twins).toHaveLength(2);
    server.set.put("Contact", ...twins, ...contacts(5));
    const store = memoryStore();
    const sync = newClient(server, { store, manifest: weak });
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 7 });
    server.set.remove("Contact", twins[0]!.id);
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 6 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });
});
