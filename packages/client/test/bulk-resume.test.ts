import { describe, expect, it } from "vitest";
import { type LocalStore, memoryStore } from "../src/index.js";
import { contact, contacts } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";

async function bulkServer() {
  const server = await startServer();
  server.bounds = { answerRows: 5, pageRows: 10, bulkShare: 0.5 };
  server.set.put("Contact", ...contacts(35));
  server.set.put("Note", { id: "n", text: "t" });
  return server;
}

/** A fetch that dies at the nth pull, as a page that is closed does. */
function dyingFetch(atPull: number): typeof fetch {
  let pulls = 0;
  return async (input, init) => {
    if (String(input).endsWith("/pull") && ++pulls >= atPull) throw new TypeError("the page was closed");
    return fetch(input, init);
  };
}

describe("invariant 5, a pull that breaks off goes on where it ended", () => {
  it("in a new client over the same store, without pulling a page again", async () => {
    const server = await bulkServer();
    const store = memoryStore();
    await failure(newClient(server, { store, fetch: dyingFetch(3), retries: 0 }).sync(), "network");
    const first = server.seen.splice(0);
    expect(first.map(({ path }) => path)).toEqual(["verify", "pull", "pull"]);
    expect(Object.keys(await contentsOf(store))).toHaveLength(20);

    const result = await newClient(server, { store }).sync();

    expect(result).toMatchObject({ inSync: true, upserted: 16 });
    expect(server.seen.map(({ path }) => path)).toEqual(["pull", "pull", "verify"]);
    expect(server.seen[0]).toMatchObject({ request: { after: { collection: "Contact", key: "c000019" } } });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("and what changed behind its position meanwhile, the verification finds", async () => {
    const server = await bulkServer();
    const store = memoryStore();
    await failure(newClient(server, { store, fetch: dyingFetch(3), retries: 0 }).sync(), "network");
    server.set.remove("Contact", "c000001");
    server.set.put("Contact", contact("c000002", "other"), contact("a"));

    expect(await newClient(server, { store }).sync()).toMatchObject({ inSync: true });

    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("at a position in a collection that this app no longer holds", async () => {
    const server = await bulkServer();
    const store = memoryStore();
    await failure(newClient(server, { store, fetch: dyingFetch(3), retries: 0 }).sync(), "network");
    expect(await newClient(server, { store, collections: ["Note"] }).sync()).toMatchObject({ inSync: true, count: 1 });
    expect(await newClient(server, { store }).sync()).toMatchObject({ inSync: true, count: 36 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("invariant 11, atomic: position and rows are saved together, or neither is", async () => {
    const server = await bulkServer();
    const memory = memoryStore();
    let writes = 0;
    const store: LocalStore = {
      ...memory,
      apply: async (change) => {
        if (++writes === 2) throw new Error("disk full");
        return memory.apply(change);
      },
    };
    const error = await failure(newClient(server, { store }).sync(), "store");
    expect(error.message).toMatch(/apply\(\): disk full/);
    expect(Object.keys(await contentsOf(memory))).toHaveLength(10);
    server.seen.length = 0;
    expect(await newClient(server, { store }).sync()).toMatchObject({ inSync: true, upserted: 26 });
    expect(server.seen[0]).toMatchObject({ path: "pull", request: { after: { key: "c000009" } } });
  });
});
