import { type Collection, createCollection, createLiveQueryCollection, eq } from "@tanstack/db";
import { describe, expect, it, vi } from "vitest";
import { memoryStore } from "../src/index.js";
import { type DigestSyncCollectionConfig, digestSyncCollectionOptions } from "../src/tanstack-db.js";
import { type Contact, contact, contacts, type Rows } from "./sample.js";
import { newClient, startServer } from "./setup.js";

type Handlers = Pick<DigestSyncCollectionConfig<Rows, "Contact">, "onInsert" | "onUpdate" | "onDelete">;
/** As schemas know the row: TanStack adds properties of its own. */
const plain = ({ id, name }: Contact): Contact => ({ id, name });
const namesOf = (collection: Collection<Contact, string>) => collection.toArray.map(plain);

async function setUp(handlers: (server: Awaited<ReturnType<typeof startServer>>) => Handlers = () => ({})) {
  const server = await startServer();
  server.set.put("Contact", ...contacts(3));
  const store = memoryStore();
  const sync = newClient(server, { store });
  const options = digestSyncCollectionOptions({ client: sync, collection: "Contact", ...handlers(server) });
  return { server, store, sync, collection: createCollection(options) };
}

/** On a machine that is busy with other things as well. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000 });

describe("a TanStack DB collection", () => {
  it("is ready with what the store holds, before and without any sync", async () => {
    const { sync, collection } = await setUp();
    await collection.preload();
    expect(collection.size).toBe(0);
    await sync.sync();
    await eventually(() => expect(namesOf(collection)).toEqual(contacts(3)));
  });

  it("follows rows that come, change and go, and live queries follow it", async () => {
    const { server, sync, collection } = await setUp();
    await sync.sync();
    const named = createLiveQueryCollection((query) =>
      query.from({ contact: collection }).where(({ contact }) => eq(contact.name, "wanted")),
    );
    await named.preload();
    expect(named.size).toBe(0);
    const changes: string[] = [];
    collection.subscribeChanges((all) => changes.push(...all.map(({ type, key }) => `${type} ${key}`)), {
      includeInitialState: true,
    });
    changes.length = 0;
    server.set.put("Contact", contact("new", "wanted"), contact("c000000", "wanted"));
    server.set.remove("Contact", "c000001");
    await sync.sync({ changesLikely: true });
    await eventually(() => expect(named.size).toBe(2));
    expect(changes.sort()).toEqual(["delete c000001", "insert new", "update c000000"]);
    server.set.put("Contact", contact("new", "other"));
    await sync.sync({ changesLikely: true });
    await eventually(() => expect(named.toArray.map(({ id }) => id)).toEqual(["c000000"]));
  });

  it("keeps an optimistic row until the server's is here", async () => {
    const seen: (string | null | undefined)[] = [];
    const { collection, sync } = await setUp((server) => ({
      onUpdate: async ({ transaction }) => {
        for (const { modified } of transaction.mutations)
          server.set.put("Contact", { ...plain(modified), name: "as saved" });
      },
    }));
    await sync.sync();
    await collection.preload();
    collection.subscribeChanges((all) => seen.push(...all.map(({ value }) => value.name)));
    const transaction = collection.update("c000001", (draft) => {
      draft.name = "as typed";
    });
    await transaction.isPersisted.promise;
    expect(seen).toEqual(["as typed", "as saved"]);
    expect(collection.get("c000001")?.name).toBe("as saved");
  });

  it("inserts and deletes through the app's handlers", async () => {
    const { collection, sync } = await setUp((server) => ({
      onInsert: async ({ transaction }) => {
        for (const { modified } of transaction.mutations) server.set.put("Contact", plain(modified));
      },
      onDelete: async ({ transaction }) => {
        for (const { key } of transaction.mutations) server.set.remove("Contact", key);
      },
    }));
    await sync.sync();
    await collection.preload();
    await collection.insert(contact("mine", "new")).isPersisted.promise;
    await collection.delete("c000000").isPersisted.promise;
    expect(namesOf(collection).map(({ id }) => id)).toEqual(["c000001", "c000002", "mine"]);
    expect(await sync.collection("Contact").get("mine")).toEqual(contact("mine", "new"));
  });

  it("undoes what the handler refuses", async () => {
    const { collection, sync } = await setUp(() => ({
      onDelete: () => Promise.reject(new Error("not allowed")),
    }));
    await sync.sync();
    await collection.preload();
    await expect(collection.delete("c000000").isPersisted.promise).rejects.toThrow("not allowed");
    expect(collection.size).toBe(3);
  });

  it("says so when the store cannot be read, and stops when it is cleaned up", async () => {
    const { store, sync, collection, server } = await setUp();
    await sync.sync();
    const { scan } = store;
    store.scan = () => Promise.reject(new Error("disk on fire"));
    await expect(collection.preload()).rejects.toThrow("disk on fire");
    store.scan = scan;
    server.set.put("Contact", contact("later"));
    await sync.sync({ changesLikely: true });
    await eventually(() => expect(collection.size).toBe(4));
    await collection.cleanup();
    server.set.put("Contact", contact("too late"));
    await sync.sync({ changesLikely: true });
    expect(collection.has("too late")).toBe(false);
  });
});
