import { toHex } from "@digest-sync/core";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import { contact, contacts, type Member } from "./sample.js";
import { contentsOf, newClient, startServer, TestClock } from "./setup.js";

describe("a sync", () => {
  it("of an empty client with a small set takes one request", async () => {
    const server = await startServer();
    const member: Member = { team: "a/b", user: 7, since: new Date(5) };
    server.set.put("Contact", ...contacts(10));
    server.set.put("Member", member);
    const sync = newClient(server);

    const result = await sync.sync();

    expect(result).toMatchObject({ inSync: true, rounds: 1, requests: 1, upserted: 11, deleted: 0, count: 11 });
    expect(toHex(result.root)).toBe(toHex(server.set.root(["Contact", "Member", "Note"]).root));
    expect(await sync.collection("Contact").get("c000003")).toEqual(contact("c000003"));
    expect(await sync.collection("Member").get("a/b", 7)).toEqual(member);
    expect(await sync.collection("Member").get("a~1b/7")).toEqual(member);
    expect(await sync.collection("Member").get("a", 7)).toBeUndefined();
    expect(await sync.collection("Contact").all()).toEqual(contacts(10));
    expect(await sync.collection("Contact").size).toBe(10);
    expect(await sync.collection("Note").size).toBe(0);
  });

  it("finds inserted, updated and deleted rows in one request", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(1_000));
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    server.set.put("Contact", contact("new"), contact("c000001", "other"), contact("c000002", null));
    server.set.remove("Contact", "c000500");
    sync.hint();

    const result = await sync.sync();

    expect(result).toMatchObject({ inSync: true, rounds: 1, requests: 1, upserted: 3, deleted: 1, count: 1_000 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("asks with a longer sketch when the differences are many, and follows `more` to the end", async () => {
    const server = await startServer();
    server.bounds = { answerRows: 100, pageRows: 100, bulkShare: Number.POSITIVE_INFINITY };
    server.set.put("Contact", ...contacts(100));
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    server.set.put("Contact", ...contacts(450, 50));
    for (const { id } of contacts(30)) server.set.remove("Contact", id);

    const result = await sync.sync();

    expect(result).toMatchObject({ inSync: true, upserted: 400, deleted: 30 });
    expect(result.rounds).toBeLessThanOrEqual(7);
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("pulls page by page when nearly everything differs, and drops what is in no page", async () => {
    const server = await startServer();
    server.bounds = { answerRows: 100, pageRows: 70, bulkShare: 0.5 };
    server.set.put("Contact", ...contacts(300));
    server.set.put("Note", { id: "n", text: "t" });
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    server.set.clear();
    server.set.put("Contact", ...contacts(250, 290), contact("\u{10000}"), contact("\ufffd"));
    server.set.put("Member", { team: "t", user: 1, since: null });

    const result = await sync.sync();

    expect(result).toMatchObject({ inSync: true, upserted: 243, deleted: 291, count: 253 });
    expect(server.takePaths().filter((path) => path === "pull").length).toBeGreaterThanOrEqual(8);
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("tells of its progress", async () => {
    const server = await startServer();
    server.bounds = { ...server.bounds, answerRows: 10, pageRows: 20 };
    server.set.put("Contact", ...contacts(50));
    const progress: unknown[] = [];

    await newClient(server).sync({ onProgress: (step) => progress.push(step) });

    expect(progress).toEqual([
      { phase: "verify", rows: 0 },
      { phase: "bulk", rows: 0, total: 50 },
      { phase: "bulk", rows: 20, total: 50 },
      { phase: "bulk", rows: 40, total: 50 },
      { phase: "bulk", rows: 50, total: 50 },
      { phase: "verify", rows: 50 },
    ]);
  });

  it("counts the bytes of bodies both ways", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));

    const { bytesUp, bytesDown } = await newClient(server).sync();

    expect(server.seen).toMatchObject([{ path: "verify", bytes: bytesUp }]);
    expect(bytesDown).toBeGreaterThan(3 * 20);
  });
});

describe("the first request", () => {
  async function prepared() {
    const server = await startServer();
    server.set.put("Contact", ...contacts(5));
    const store = memoryStore();
    const clock = new TestClock();
    const sync = newClient(server, { store }, clock);
    await sync.sync();
    server.seen.length = 0;
    /** The length of the sketch of the only request of a sync, 0 for none. */
    const sketchOf = async (run: () => Promise<unknown>): Promise<number> => {
      await run();
      expect(server.seen.length).toBe(1);
      const [seen] = server.seen.splice(0);
      return seen?.path === "verify" ? (seen.request.sketch?.length ?? 0) : -1;
    };
    return { server, store, clock, sync, sketchOf };
  }

  it("is the root alone from an empty client, and after an in-sync answer, under 140 bytes", async () => {
    const { server, sync } = await prepared();
    await sync.sync();
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ path: "verify", request: { count: 5 } });
    expect(server.seen[0]).not.toHaveProperty("request.sketch");
    expect((server.seen[0] as { bytes: number }).bytes).toBeLessThan(140);
  });

  it("has 32 cells from a client built anew over a store with rows", async () => {
    const { server, store, sketchOf } = await prepared();
    expect(await sketchOf(() => newClient(server, { store }).sync())).toBeGreaterThanOrEqual(32 * 13);
  });

  it("has 32 cells after a hint, once", async () => {
    const { sync, sketchOf } = await prepared();
    sync.hint();
    expect(await sketchOf(() => sync.sync())).toBeGreaterThanOrEqual(32 * 13);
    expect(await sketchOf(() => sync.sync())).toBe(0);
  });

  it("has 32 cells when the caller says that changes are likely", async () => {
    const { sync, sketchOf } = await prepared();
    expect(await sketchOf(() => sync.sync({ changesLikely: true }))).toBeGreaterThanOrEqual(32 * 13);
  });

  it("has 32 cells after a pause, unless the caller knows better", async () => {
    const { sync, clock, sketchOf } = await prepared();
    clock.time += 60_000;
    expect(await sketchOf(() => sync.sync())).toBe(0);
    clock.time += 60_001;
    expect(await sketchOf(() => sync.sync({ changesLikely: false }))).toBe(0);
    clock.time += 60_001;
    expect(await sketchOf(() => sync.sync())).toBeGreaterThanOrEqual(32 * 13);
  });
});
