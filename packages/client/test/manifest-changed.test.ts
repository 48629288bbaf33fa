import { toHex } from "@digest-sync/core";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import { changed, contact, contacts, manifest, without } from "./sample.js";
import { contentsOf, failure, newClient, startServer, TestClock } from "./setup.js";

const [contactCollection, memberCollection, noteCollection] = manifest.collections;
/** The manifest with a day of birth for contacts. */
const nextVersion = changed({
  collections: [
    {
      ...contactCollection!,
      fields: [...contactCollection!.fields, { name: "born", type: "DateTime", optional: true }],
    },
    memberCollection!,
    noteCollection!,
  ],
});

describe("invariant 8, the server's manifest may be another", () => {
  it("a collection that the server drops is frozen: readable, and in no sum; one that comes back is synced again", async () => {
    const server = await startServer();
    const note = { id: "n1", text: "kept" };
    const fill = () => server.set.put("Contact", ...contacts(4));
    fill();
    server.set.put("Note", note);
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    server.deploy(without("Note"));
    fill();
    server.seen.length = 0;

    const frozen = await sync.sync();

    expect(frozen).toMatchObject({ inSync: true, count: 4, frozen: ["Note"], upserted: 0, deleted: 0 });
    expect(server.takePaths()).toEqual(["verify", "manifest", "verify"]);
    expect(toHex(frozen.root)).toBe(toHex(server.set.root(["Contact", "Member"]).root));
    expect(await sync.collection("Note").get("n1")).toEqual(note);
    expect(await sync.collection("Note").size).toBe(1);
    // Known from now on, by a client built anew as well; that one asks once whether it is still so.
    const clock = new TestClock();
    const again = newClient(server, { store }, clock);
    expect(await again.collection("Note").get("n1")).toEqual(note);
    expect(await again.sync()).toMatchObject({ inSync: true, count: 4, frozen: ["Note"] });
    expect(await again.sync()).toMatchObject({ inSync: true, count: 4, frozen: ["Note"] });
    expect(server.seen).toMatchObject([
      { path: "manifest" },
      { path: "verify", request: { collections: ["Contact", "Member"] } },
      { path: "verify", request: { collections: ["Contact", "Member"] } },
    ]);
    expect(await again.audit()).toMatchObject({ rows: 5, corrupted: [] });

    server.deploy(manifest);
    fill();
    server.set.put("Note", { id: "n2", text: "new" });
    // A request that names its collections is answered whatever the manifest: after an hour the client asks by itself.
    expect(await again.sync()).toMatchObject({ inSync: true, count: 4, frozen: ["Note"] });
    clock.time += 3_600_001;
    expect(await again.sync()).toMatchObject({ inSync: true, count: 5, frozen: [], deleted: 1, upserted: 1 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("a stale element that means a frozen row leaves it alone", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(2));
    server.set.put("Note", { id: "n1", text: "kept" });
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    const [note] = await store.get("Note", ["n1"]);
    server.deploy(without("Note"));
    server.set.put("Contact", ...contacts(3));
    server.tamper = {
      verify: (answer) => (answer.type === "changes" ? { ...answer, stale: note!.digest.slice(0, 8) } : answer),
    };
    expect(await sync.sync()).toMatchObject({ inSync: true, frozen: ["Note"], upserted: 1, deleted: 0 });
    expect(await sync.collection("Note").size).toBe(1);
  });

  it("a collection that this app does not know is left alone", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(4));
    server.set.put("Note", { id: "n1", text: "unknown here" });
    const sync = newClient(server, { manifest: without("Note") });
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 4, frozen: [], changed: [] });
    expect(server.seen.at(-1)).toMatchObject({ request: { collections: ["Contact", "Member"] } });
  });

  it("a subset is named from the start, and the rest of the store stays out of it", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(4));
    server.set.put("Note", { id: "n1", text: "" });
    const store = memoryStore();
    await newClient(server, { store }).sync();
    server.seen.length = 0;
    const sync = newClient(server, { store, collections: ["Note"] });
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 1 });
    expect(server.seen).toMatchObject([{ path: "verify", request: { collections: ["Note"], count: 1 } }]);
    expect(() => sync.collection("Contact")).toThrow(/no collection "Contact"/);
    expect(() => newClient(server, { collections: ["Nothing" as "Note"] })).toThrow(/no collection "Nothing"/);
  });

  it("rows are decoded by the server's definition, those from before by the app's", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(2));
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    server.deploy(nextVersion);
    server.set.put("Contact", ...contacts(2), { ...contact("new"), born: new Date(7) });

    const result = await sync.sync();

    expect(result).toMatchObject({ inSync: true, changed: ["Contact"], frozen: [], upserted: 1 });
    const expected = { ...contact("new"), born: new Date(7) };
    expect(await sync.collection("Contact").get("new")).toEqual(expected);
    expect(await newClient(server, { store }).collection("Contact").get("new")).toEqual(expected);
    expect(await sync.collection("Contact").get("c000000")).toMatchObject(contact("c000000"));
  });

  it("a client of a subset, whom nobody tells, looks at the manifest when rows cannot be read", async () => {
    const server = await startServer();
    server.set.put("Note", { id: "n1", text: "text" });
    const sync = newClient(server, { collections: ["Note"] });
    await sync.sync();
    const numbers = noteCollection!.fields.map((field) =>
      field.name === "text" ? ({ ...field, type: "Int" } as const) : field,
    );
    server.deploy(changed({ collections: [contactCollection!, { ...noteCollection!, fields: numbers }] }));
    server.set.put("Note", { id: "n1", text: 5 }, { id: "n2", text: 6 });
    server.seen.length = 0;
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 2, changed: ["Note"] });
    expect(server.takePaths()).toContain("manifest");
    expect(await sync.collection("Note").all()).toEqual([
      { id: "n1", text: 5 },
      { id: "n2", text: 6 },
    ]);
    // When the manifest is no other, the answer is at fault.
    server.tamper = { verify: (_answer, { root }) => ({ type: "in-sync", base: root.map((byte) => byte ^ 1) }) };
    await failure(sync.sync(), "bad-answer");
  });

  it("and rows from before stay readable until they are replaced, though a field's type is another now", async () => {
    const server = await startServer();
    const note = { id: "n1", text: "text" };
    server.set.put("Note", note);
    const store = memoryStore();
    const sync = newClient(server, { store, retries: 0 });
    await sync.sync();
    const numbers = noteCollection!.fields.map((field) =>
      field.name === "text" ? ({ ...field, type: "Int" } as const) : field,
    );
    server.deploy(
      changed({ collections: [contactCollection!, memberCollection!, { ...noteCollection!, fields: numbers }] }),
    );
    server.set.put("Note", { id: "n1", text: 5 });
    let verifications = 0;
    server.tamper = {
      http: (request, response) => {
        if (!request.url!.endsWith("/verify") || ++verifications < 2) return false;
        response.destroy();
        return true;
      },
    };
    await failure(sync.sync(), "network");
    expect(await sync.collection("Note").get("n1")).toEqual(note);
    expect(await sync.audit()).toMatchObject({ rows: 1, corrupted: [] });
    server.tamper = {};
    expect(await sync.sync()).toMatchObject({ inSync: true, changed: ["Note"] });
    expect(await sync.collection("Note").get("n1")).toEqual({ id: "n1", text: 5 });
  });

  it("and the manifest may go back and forth, as it does while servers are deployed", async () => {
    const server = await startServer();
    const store = memoryStore();
    const sync = newClient(server, { store });
    for (const version of [manifest, nextVersion, manifest, without("Member"), nextVersion]) {
      server.deploy(version);
      server.set.put("Contact", ...contacts(3));
      expect(await sync.sync()).toMatchObject({ inSync: true, count: 3 });
    }
  });

  it("rows whose key is made of other fields are pulled anew under their new key", async () => {
    const server = await startServer();
    server.set.put("Note", { id: "n1", text: "t1" });
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    server.deploy(
      changed({ collections: [contactCollection!, memberCollection!, { ...noteCollection!, key: ["text"] }] }),
    );
    server.set.put("Note", { id: "n1", text: "t1" });
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 1 });
    expect(await sync.collection("Note").get("t1")).toEqual({ id: "n1", text: "t1" });
    expect(await sync.collection("Note").get("n1")).toBeUndefined();
  });

  it("a server that has none of the collections is an error", async () => {
    const server = await startServer(changed({ collections: [] }));
    const error = await failure(newClient(server).sync(), "unknown-collection");
    expect(error.message).toMatch(/none of the collections of this app \(Contact, Member, Note\)/);
  });

  it("an app that is updated starts from its own manifest again", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(2));
    const store = memoryStore();
    await newClient(server, { store, manifest: without("Contact") }).sync();
    server.seen.length = 0;
    const updated = newClient(server, { store });
    expect(await updated.sync()).toMatchObject({ inSync: true, count: 2 });
    expect(server.seen).toMatchObject([{ request: { count: 0 } }]);
    expect(server.seen[0]).not.toHaveProperty("request.collections");
  });
});
