import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "./databases/index.js";

// Who watches a scope hears that it has changed, whichever process settled it. A process is here a client of its own.

/** On a machine that is busy with other things as well. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000 });

let database: TestDatabase;
const stops: (() => Promise<void>)[] = [];

const plain = () => database.closing(new PrismaClient({ adapter: database.adapter() }));
function serverProcess(every = 1) {
  const { $digests } = plain().$extends(digestSync(manifest, { delay: 1, every }));
  stops.push(() => $digests.stop());
  return $digests;
}
const contact = (id: string, accountId: string) => ({ data: { id, accountId, name: id } });
const granted = (id: string) => ({ id, accountId: id });

beforeEach(async () => {
  database = await emptyDatabase("schema");
  const client = plain();
  for (const id of ["a1", "a2"]) await client.account.create({ data: { id, name: id, email: `${id}@example.com` } });
  const digests = serverProcess();
  await digests.install();
  await digests.settle();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await database.remove();
});

test("what another process settles is noticed by looking, and only by those who watch the scope (Isolated)", async () => {
  const [writer, watcher, client] = [serverProcess(), serverProcess(), plain()];
  const heard = { a1: vi.fn(), a2: vi.fn() };
  await watcher.watch(granted("a1"), heard.a1);
  await watcher.watch(granted("a2"), heard.a2);
  for (const id of ["c1", "c2", "c3"]) {
    await client.contact.create(contact(id, "a2"));
    await writer.settle();
    // One look tells all whose scopes changed, so once a2 was told a1 would have been.
    await eventually(() => expect(heard.a2).toHaveBeenCalled());
    heard.a2.mockClear();
  }
  expect(heard.a1).not.toHaveBeenCalled();
  await client.contact.create(contact("c4", "a1"));
  await writer.settle();
  await eventually(() => expect(heard.a1).toHaveBeenCalled());
});

test("a process hears at once of what it settles itself, without waiting for its next look", async () => {
  const digests = serverProcess(1_000_000);
  const heard = vi.fn();
  await digests.watch(granted("a1"), heard);
  await plain().contact.create(contact("c1", "a1"));
  await digests.settle();
  await eventually(() => expect(heard).toHaveBeenCalledTimes(1));
});

test("as long as somebody watches, the settler looks often for writes that nobody poked about", async () => {
  const digests = serverProcess(1_000_000);
  digests.start();
  const heard = vi.fn();
  await digests.watch(granted("a1"), heard);
  await plain().contact.create(contact("c1", "a1"));
  await eventually(() => expect(heard).toHaveBeenCalledTimes(1));
});

test("with a relay a process hears at once of what another one settles", async () => {
  const listeners = new Set<() => void>();
  const relay = {
    publish: () => {
      for (const listener of listeners) listener();
    },
    subscribe: async (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const [writer, watcher] = [serverProcess(1_000_000), serverProcess(1_000_000)];
  for (const digests of [writer, watcher]) digests.relay(relay);
  const heard = vi.fn();
  await watcher.watch(granted("a1"), heard);
  await plain().contact.create(contact("c1", "a1"));
  await writer.settle();
  await eventually(() => expect(heard).toHaveBeenCalledTimes(1));
  await watcher.stop();
  expect(listeners.size).toBe(0);
});

test("a relay that fails disturbs nobody and is reported", async () => {
  const errors: unknown[] = [];
  const client = plain().$extends(digestSync(manifest, { delay: 1, every: 1, onError: (error) => errors.push(error) }));
  stops.push(() => client.$digests.stop());
  client.$digests.relay({
    publish: () => {
      throw new Error("no publishing");
    },
    subscribe: () => Promise.reject(new Error("no subscribing")),
  });
  const heard = vi.fn();
  await client.$digests.watch(granted("a1"), heard);
  await client.contact.create(contact("c1", "a1"));
  await client.$digests.settle();
  await eventually(() => expect(heard).toHaveBeenCalled());
  expect(errors.map((error) => (error as Error).message).sort()).toEqual(["no publishing", "no subscribing"]);
});

test("what changes between watching and the first look is told, also in a scope that did not exist", async () => {
  const [writer, watcher, client] = [serverProcess(), serverProcess(30), plain()];
  const heard = vi.fn();
  await watcher.watch({ id: "new", accountId: "new" }, heard);
  await client.account.create({ data: { id: "new", name: "new", email: "new@example.com" } });
  await writer.settle();
  await eventually(() => expect(heard).toHaveBeenCalled());
});

test("settling that changes no digest is not told, nor anything after the end", async () => {
  const [digests, client] = [serverProcess(1_000_000), plain()];
  const [quiet, other] = [vi.fn(), vi.fn()];
  const end = await digests.watch(granted("a1"), quiet);
  await digests.watch(granted("a2"), other);
  // The notes are omitted from the digest.
  await client.contact.create(contact("c1", "a1"));
  await digests.settle();
  await eventually(() => expect(quiet).toHaveBeenCalledTimes(1));
  await client.contact.update({ where: { id: "c1" }, data: { notes: "private" } });
  await client.contact.create(contact("c2", "a2"));
  await digests.settle();
  await eventually(() => expect(other).toHaveBeenCalledTimes(1));
  expect(quiet).toHaveBeenCalledTimes(1);
  end();
  await client.contact.create(contact("c3", "a1"));
  await client.contact.create(contact("c4", "a2"));
  await digests.settle();
  await eventually(() => expect(other).toHaveBeenCalledTimes(2));
  expect(quiet).toHaveBeenCalledTimes(1);
});

test("only the collections named are watched; a scope that is not granted is refused", async () => {
  const [digests, client] = [serverProcess(1_000_000), plain()];
  const [accounts, contacts] = [vi.fn(), vi.fn()];
  await digests.watch(granted("a1"), accounts, ["Account", "NoSuchCollection"]);
  await digests.watch(granted("a1"), contacts, ["Contact"]);
  await client.contact.create(contact("c1", "a1"));
  await digests.settle();
  await eventually(() => expect(contacts).toHaveBeenCalledTimes(1));
  expect(accounts).not.toHaveBeenCalled();
  await expect(digests.watch({}, () => {})).rejects.toMatchObject({ code: "scope-missing" });
});
