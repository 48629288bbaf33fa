import { describe, expect, expectTypeOf, it } from "vitest";
import { DigestSyncClient, type LocalChange, memoryStore } from "../src/index.js";
import { type Contact, contact, contacts, type Member, manifest, type Rows } from "./sample.js";
import { failure, newClient, startServer } from "./setup.js";

describe("reading", () => {
  it("is typed by the manifest", async () => {
    const sync = new DigestSyncClient({ url: "/sync", manifest });
    expectTypeOf(sync).toEqualTypeOf<DigestSyncClient<Rows>>();
    expectTypeOf(await sync.collection("Contact").get("c")).toEqualTypeOf<Contact | undefined>();
    expectTypeOf(await sync.collection("Member").all()).toEqualTypeOf<Member[]>();
    sync.subscribe(({ collections }) =>
      expectTypeOf(collections.Note?.upserted).toEqualTypeOf<readonly string[] | undefined>(),
    );
    // @ts-expect-error: the manifest has no such collection
    expect(() => sync.collection("Contakt")).toThrow(/no collection "Contakt"; it has: Contact, Member, Note/);
  });

  it("works before any sync, over a store that has rows, and without a server", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(2_345));
    const store = memoryStore();
    await newClient(server, { store }).sync();
    await server.stop();
    const offline = newClient(server, { store, retries: 0 });
    expect(await offline.collection("Contact").get("c000001")).toEqual(contact("c000001"));
    expect(await offline.collection("Contact").all()).toEqual(contacts(2_345));
    expect(await offline.collection("Contact").size).toBe(2_345);
    await failure(offline.sync(), "network");
    expect(await offline.collection("Contact").size).toBe(2_345);
  });

  it("gives fresh objects: changing one changes nothing", async () => {
    const server = await startServer();
    server.set.put("Contact", contact("c"));
    const sync = newClient(server);
    await sync.sync();
    (await sync.collection("Contact").get("c"))!.name = "changed";
    expect(await sync.collection("Contact").get("c")).toEqual(contact("c"));
  });
});

describe("invariant 13, readers are told: subscribe", () => {
  it("tells each applied change by collection: what came or was replaced, and what went", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(2));
    server.set.put("Note", { id: "n", text: "t" });
    const sync = newClient(server);
    const told: LocalChange[] = [];
    const { subscribe } = sync;
    const stop = subscribe((change) => told.push(change));
    await sync.sync();
    const { revision } = sync;
    await sync.sync();
    expect(sync.revision).toBe(revision);
    server.set.remove("Contact", "c000000");
    server.set.put("Contact", contact("c000001", "other"));
    await sync.sync();
    expect(sync.revision).toBe(revision + 1);
    stop();
    server.set.clear();
    await sync.sync();

    expect(told).toEqual([
      {
        collections: {
          Contact: { upserted: ["c000000", "c000001"], deleted: [] },
          Note: { upserted: ["n"], deleted: [] },
        },
      },
      { collections: { Contact: { upserted: ["c000001"], deleted: ["c000000"] } } },
    ]);
  });

  it("tells after the change is in the store", async () => {
    const server = await startServer();
    server.set.put("Contact", contact("c"));
    const sync = newClient(server);
    const seen: Promise<unknown>[] = [];
    sync.subscribe(() => seen.push(sync.collection("Contact").get("c"), sync.collection("Contact").size));
    await sync.sync();
    expect(await Promise.all(seen)).toEqual([contact("c"), 1]);
  });

  it("a listener that throws disturbs neither the sync nor other listeners, and is not silent", async () => {
    const server = await startServer();
    server.set.put("Contact", contact("c"));
    const sync = newClient(server);
    const uncaught: unknown[] = [];
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => uncaught.push(error));
    let told = 0;
    sync.subscribe(() => {
      throw new Error("listener");
    });
    sync.subscribe(() => told++);
    const result = await sync.sync();
    await new Promise(setImmediate);
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
    expect(result).toMatchObject({ inSync: true });
    expect(told).toBe(1);
    expect(uncaught).toEqual([new Error("listener")]);
  });
});
