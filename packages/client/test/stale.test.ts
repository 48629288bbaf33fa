import { toHex } from "@digest-sync/core";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import { contact, contacts } from "./sample.js";
import { contentsOf, newClient, startServer } from "./setup.js";

describe("stale elements", () => {
  it("removes all rows that a stale element may mean, and the next round brings back the right ones", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    const { revision, state } = (await store.load())!;
    const [first, second] = await store.scan("Contact", null, 2);
    // A digest that begins as another one does: what 2^64 rows, or crc32, would bring about.
    const twin = second!.digest.slice();
    twin.set(first!.digest.subarray(0, 8));
    await store.apply({ deletes: [], upserts: [{ ...second!, digest: twin }], state, revision: revision + 1 });
    server.set.remove("Contact", first!.key);
    expect(await sync.sync({ changesLikely: true })).toMatchObject({ inSync: true });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });
});

describe("the windows of a sketch", () => {
  it.each([1, 2, 3] as const)("window %i: sketch and stale elements are of that part of the digest", async (window) => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(20));
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    server.set.remove("Contact", "c000004");
    server.set.put("Contact", contact("c000005", "other"));
    server.tamper = {
      verify: (answer, request) =>
        (request.window ?? 0) === window
          ? answer
          : { type: "longer-sketch", base: request.root, cells: 32, window: ((request.window ?? 0) + 1) as 1 | 2 | 3 },
    };

    expect(await sync.sync({ changesLikely: true })).toMatchObject({ inSync: true, deleted: 1, upserted: 1 });

    expect(await contentsOf(store)).toEqual(server.set.contents());
    expect(server.seen.at(-1)).toMatchObject({ request: { window } });
    expect(toHex((await sync.sync()).root)).toBe(toHex(server.set.root(["Contact"]).root));
  });
});
