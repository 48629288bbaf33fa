import { describe, expect, it } from "vitest";
import { type LocalStore, memoryStore, type StoreChange } from "../src/index.js";
import { contacts } from "./sample.js";
import { contentsOf, newClient, restated, startServer } from "./setup.js";

async function synced() {
  const server = await startServer();
  server.set.put("Contact", ...contacts(1_500));
  server.set.put("Member", { team: "t", user: 1, since: new Date(0) });
  const store = memoryStore();
  const sync = newClient(server, { store });
  await sync.sync();
  return { server, store, sync };
}
async function tamper(store: LocalStore, change: Partial<StoreChange>) {
  const { revision, state } = (await store.load())!;
  await store.apply({ deletes: [], upserts: [], state, ...change, revision: revision + 1 });
}

describe("invariant 9, an audit rehashes what is held", () => {
  it("and finds nothing in a store that is whole, without writing to it", async () => {
    const { store, sync } = await synced();
    const before = await store.load();
    expect(await sync.audit()).toEqual({ rows: 1_501, corrupted: [], sumsRepaired: false });
    expect(await store.load()).toEqual(before);
  });

  it("finds bytes that rotted, which no root shows; the next sync brings them back", async () => {
    const { server, store, sync } = await synced();
    const [row] = await store.get("Contact", ["c000700"]);
    const encoding = row!.encoding.slice();
    encoding[encoding.length - 1]! ^= 1;
    await tamper(store, { upserts: [{ ...row!, encoding }] });
    expect(await sync.sync()).toMatchObject({ inSync: true, upserted: 0 });
    expect(await contentsOf(store)).not.toEqual(server.set.contents());

    const corrupted = [{ collection: "Contact", key: "c000700" }];
    expect(await sync.audit()).toEqual({ rows: 1_501, corrupted, sumsRepaired: false });

    expect(await sync.collection("Contact").get("c000700")).toBeUndefined();
    server.seen.length = 0;
    expect(await sync.sync({ changesLikely: false })).toMatchObject({ inSync: true, upserted: 1, rounds: 2 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("makes the next sync send a sketch", async () => {
    const { server, sync } = await synced();
    server.seen.length = 0;
    await sync.audit();
    await sync.sync();
    expect(server.seen).toMatchObject([{ request: { sketch: expect.any(Uint8Array) } }]);
  });

  it("finds a row that does not decode though its digest is right, and one under another's key", async () => {
    const { server, store, sync } = await synced();
    const { AppManifest, View } = await import("../src/view.js");
    const { manifest } = await import("./sample.js");
    const view = new View(new AppManifest(manifest, undefined));
    const encoding = Uint8Array.of(0xa0);
    const broken = { collection: "Contact", key: "broken", digest: view.digest("Contact", encoding), encoding };
    const [moved] = await store.get("Contact", ["c000001"]);
    await tamper(store, { deletes: [moved!], upserts: [broken, { ...moved!, key: "wrong" }] });
    const { rows, corrupted, sumsRepaired } = await sync.audit();
    expect({ rows, sumsRepaired }).toEqual({ rows: 1_502, sumsRepaired: true });
    expect(corrupted).toEqual([
      { collection: "Contact", key: "broken" },
      { collection: "Contact", key: "wrong" },
    ]);
    expect(await sync.sync()).toMatchObject({ inSync: true, upserted: 1 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("mends sums that contradict the rows, and a state that cannot be read", async () => {
    const { store, sync, server } = await synced();
    const { state } = (await store.load())!;
    const wrongCount = restated(state, ({ sums: [[name, , root, key], ...rest] }) => ({
      sums: [[name, 7, root, key], ...rest],
    }));
    const wrongSketch = restated(state, ({ sketch }) => ({ sketch: sketch.with(20, sketch[20] ^ 1) }));
    const damages = [[], [0xa0], [0xf6], [0xa1, 0x66], [...wrongCount], [...wrongSketch]];
    for (const damaged of damages.map((bytes) => Uint8Array.from(bytes))) {
      await tamper(store, { state: damaged });
      const client = newClient(server, { store });
      expect(await client.audit()).toMatchObject({ rows: 1_501, corrupted: [] });
      expect(await client.sync()).toMatchObject({ inSync: true, count: 1_501, upserted: 0 });
      expect(await sync.sync()).toMatchObject({ inSync: true, count: 1_501 });
    }
  });
});
