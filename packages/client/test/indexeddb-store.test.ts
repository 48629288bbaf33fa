import "fake-indexeddb/auto";
import { forceCloseDatabase } from "fake-indexeddb";
import { openDB } from "idb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { indexedDbStore } from "../src/indexeddb.js";
import { testLocalStore } from "../src/testing/index.js";
import { contacts } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";

const { put } = IDBObjectStore.prototype;
afterEach(() => {
  IDBObjectStore.prototype.put = put;
  vi.unstubAllGlobals();
});

/** From the 150th write on, as a browser whose quota is used up: the transaction ends with this error. */
function fill() {
  let writes = 0;
  IDBObjectStore.prototype.put = function (...record) {
    if (++writes < 150) return put.apply(this, record);
    throw new DOMException("the quota is used up", "QuotaExceededError");
  };
  return () => {
    IDBObjectStore.prototype.put = put;
  };
}
async function clear(name: string) {
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = resolve;
    request.onerror = reject;
  });
}
async function damage(name: string, { collection, key }: { collection: string; key: string }) {
  const db = await openDB(name);
  const record = await db.get("rows", `${collection}/${key}`);
  record.b[record.b.length - 1] ^= 1;
  await db.put("rows", record, `${collection}/${key}`);
  db.close();
}

describe("indexedDbStore", () => {
  for (const { name, run } of testLocalStore({ open: indexedDbStore, fill, clear, damage, rows: 20_000 }))
    it(name, run);

  it("serves a client over reloads, and heals whatever became of a record", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(1_200));
    await newClient(server, { store: indexedDbStore("app") }).sync();
    const db = await openDB("app");
    for (const [i, record] of [undefined, null, 7, {}, { e: 0, b: new Uint8Array(3) }].entries()) {
      await db.put("rows", record, `Contact/c00000${i}`);
    }
    db.close();
    const store = indexedDbStore("app");
    const sync = newClient(server, { store });
    expect(await sync.audit()).toMatchObject({ rows: 1_200, corrupted: { length: 5 } });
    expect(await sync.sync()).toMatchObject({ inSync: true, upserted: 5 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("says that the quota is used up, and goes on from there when there is space", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(1_000));
    const sync = newClient(server, { store: indexedDbStore("full") });
    const free = fill();
    expect((await failure(sync.sync(), "store-full")).message).toMatch("free some space");
    free();
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 1_000 });
  });

  it("opens anew when the browser closes its connection", async () => {
    const store = indexedDbStore("closed");
    await store.apply({ deletes: [], upserts: [], revision: 1, state: Uint8Array.of(7) });
    const connections: IDBDatabase[] = [];
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...options) {
      connections.push(this);
      return transaction.apply(this, options);
    };
    await store.load();
    IDBDatabase.prototype.transaction = transaction;
    connections[0]!.close();
    expect(await store.load()).toEqual({ revision: 1, state: Uint8Array.of(7) });
    // @ts-expect-error its types know the class of its own only
    forceCloseDatabase(connections[0]!);
    expect(await store.load()).toEqual({ revision: 1, state: Uint8Array.of(7) });
  });

  it("makes way for a later version of itself, and says so", async () => {
    const store = indexedDbStore("upgraded");
    await store.load();
    const later = await openDB("upgraded", 2);
    expect((await failure(store.load(), "store-blocked")).message).toMatch("reload the page");
    later.close();
  });

  it("says when another tab's earlier version does not make way", async () => {
    // There is no earlier version than the first yet, so the event is all there is to go by.
    const request = vi.spyOn(indexedDB, "open").mockImplementationOnce(() => {
      const blocked = new IDBOpenDBRequest();
      setTimeout(() => blocked.dispatchEvent(new IDBVersionChangeEvent("blocked")));
      return blocked;
    });
    const store = indexedDbStore("blocked");
    expect((await failure(store.load(), "store-blocked")).message).toMatch("close that tab");
    request.mockRestore();
    expect(await store.load()).toBeNull();
  });

  it("says that there is no IndexedDB, or none that opens", async () => {
    vi.stubGlobal("indexedDB", undefined);
    expect((await failure(indexedDbStore("none").load(), "store-unavailable")).message).toMatch("memoryStore()");
    vi.stubGlobal("indexedDB", {
      open: () => {
        throw new DOMException("forbidden", "SecurityError");
      },
    });
    await failure(indexedDbStore("none").load(), "store-unavailable");
  });
});
