import { type Changes, limits, type Page, type RowsByCollection, toHex } from "@digest-sync/core";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import type { Tamper } from "./reference-server.js";
import { contact, contacts, encodingOf } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";

/** What a test's answers are made of; the rest is as the server would have answered. */
const changes = (change: Partial<Changes>): NonNullable<Tamper["verify"]> => {
  return (_answer, { root }) => ({
    type: "changes",
    base: root,
    rows: {},
    stale: new Uint8Array(0),
    count: 99,
    root: new Uint8Array(32),
    ...change,
  });
};
const page = (change: (page: Page) => Partial<Page>): Tamper => ({
  verify: (_answer, { root }) => ({ type: "bulk", base: root, count: 1 }),
  pull: (answer) => (answer.type === "page" ? { ...answer, ...change(answer) } : answer),
});
const rowsOf = (name: string, ...encodings: Uint8Array[]): RowsByCollection =>
  Object.assign(Object.create(null), { [name]: encodings });
const body = (bytes: Uint8Array | string, contentType = "application/cbor", status = 200): Tamper => ({
  http: (_request, response) => {
    response.writeHead(status, { "content-type": contentType });
    response.end(bytes);
    return true;
  },
});
const row = encodingOf("Contact", contact("x"));
const invented = (n: number) => rowsOf("Contact", encodingOf("Contact", contact(`invented ${n}`)));

let askedFor = 0;

/** Answers that are refused whole. The code, what the message says, and what the server does. */
const refused: Record<string, [code: string, message: RegExp, tamper: Tamper]> = {
  "an answer to another request": [
    "bad-answer",
    /cache or proxy/,
    { verify: (answer) => ({ ...answer, base: new Uint8Array(32).fill(1) }) },
  ],
  "in-sync to another request": [
    "bad-answer",
    /another request/,
    { verify: () => ({ type: "in-sync", base: new Uint8Array(32) }) },
  ],
  "a collection that was not asked for": [
    "bad-answer",
    /rows of Secret/,
    { verify: changes({ rows: rowsOf("Secret", row) }) },
  ],
  "a collection named __proto__": [
    "bad-answer",
    /rows of __proto__/,
    { verify: changes({ rows: JSON.parse(`{"__proto__":[]}`) }) },
  ],
  "a row that is cut off": [
    "bad-answer",
    /cannot be read/,
    { verify: changes({ rows: rowsOf("Contact", row.subarray(0, -1)) }) },
  ],
  "a row of another collection": [
    "bad-answer",
    /row of Note that cannot be read/,
    { verify: changes({ rows: rowsOf("Note", encodingOf("Member", { team: "t", user: 1, since: null })) }) },
  ],
  "one bad row among good ones": [
    "bad-answer",
    /cannot be read/,
    { verify: changes({ rows: rowsOf("Contact", row, Uint8Array.of(0xa0)) }) },
  ],
  "two rows with one key": [
    "bad-answer",
    /one key/,
    { verify: changes({ rows: rowsOf("Contact", row, encodingOf("Contact", contact("x", "y"))) }) },
  ],
  "more without anything": ["bad-answer", /sent none of them/, { verify: changes({ more: true }) }],
  "more with what is there already": [
    "bad-answer",
    /sent none of them/,
    { verify: changes({ more: true, rows: rowsOf("Contact", encodingOf("Contact", contact("c000001"))) }) },
  ],
  "the same sketch again": [
    "bad-answer",
    /sent already/,
    { verify: (_answer, { root }) => ({ type: "longer-sketch", base: root, cells: 32 }) },
  ],
  "ever longer sketches": [
    "bad-answer",
    /times in a row/,
    { verify: (_answer, { root }) => ({ type: "longer-sketch", base: root, cells: 100 + askedFor++ }) },
  ],
  "a page that does not go forward": [
    "bad-answer",
    /ends before it begins/,
    page(() => ({ rows: {}, next: { collection: "Contact", key: "a" } })),
  ],
  "a row before its page": [
    "bad-answer",
    /outside its page/,
    page(({ rows }) => ({ rows, next: { collection: "Contact", key: "c" } })),
  ],
  "changes that never make the roots equal": ["bad-answer", /8 rounds brought nothing/, { verify: changes({}) }],
  "manifest-changed without end": [
    "bad-answer",
    /8 rounds brought nothing/,
    { verify: (_answer, { root }) => ({ type: "manifest-changed", base: root, manifest: new Uint8Array(8) }) },
  ],
  "bulk without end": [
    "bad-answer",
    /8 rounds brought nothing/,
    {
      verify: (_answer, { root }) => ({ type: "bulk", base: root, count: 1 }),
      pull: (answer) => answer,
    },
  ],
  "no CBOR": ["bad-answer", /cannot be read/, body("hello")],
  nothing: ["bad-answer", /cannot be read/, body("")],
  JSON: ["bad-answer", /application\/json instead of application\/cbor/, body("{}", "application/json")],
  "a web page": ["bad-answer", /login page/, body("<!doctype html>", "text/html; charset=utf-8")],
  "a body announced as huge": [
    "too-large",
    /maxAnswerBytes/,
    {
      http: (_request, response) => {
        response.writeHead(200, { "content-type": "application/cbor", "content-length": String(2 ** 40) });
        response.write("x");
        return true;
      },
    },
  ],
  "a body without end": [
    "too-large",
    /maxAnswerBytes/,
    {
      http: (_request, response) => {
        response.writeHead(200, { "content-type": "application/cbor" });
        const more = () => {
          while (!response.destroyed && response.write(new Uint8Array(65_536)));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
        return true;
      },
    },
  ],
};

describe("invariant 2, unchecked is never applied", () => {
  it.each(Object.entries(refused))("%s is refused, and leaves everything as it was", async (name, expected) => {
    const [code, message, tamper] = expected;
    const server = await startServer();
    server.set.put("Contact", ...contacts(50));
    const store = memoryStore();
    const sync = newClient(server, { store, maxAnswerBytes: 1_000_000 });
    await sync.sync();
    const before = await contentsOf(store);
    const told: unknown[] = [];
    sync.subscribe((change) => told.push(change));
    server.tamper = tamper;
    // An honest pull changes nothing here; all else a hostile one would.
    if (name !== "bulk without end") server.set.put("Contact", contact("b"));

    const error = await failure(sync.sync(), code);

    expect(error.message).toMatch(message);
    expect(await contentsOf(store)).toEqual(before);
    expect(told).toEqual([]);
    server.tamper = {};
    server.set.put("Contact", contact("c"));
    expect(await sync.sync()).toMatchObject({ inSync: true });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });
});

describe("invariant 3, an answer belongs to one root", () => {
  it("an old answer that is repeated changes nothing", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    const store = memoryStore();
    const sync = newClient(server, { store });
    await sync.sync();
    const recorded: Changes[] = [];
    server.tamper = {
      verify: (answer) => {
        if (answer.type === "changes") recorded.push(answer);
        return answer;
      },
    };
    server.set.remove("Contact", "c000000");
    server.set.put("Contact", contact("old"));
    await sync.sync({ changesLikely: true });
    server.set.remove("Contact", "old");
    server.set.put("Contact", contact("new"));
    await sync.sync({ changesLikely: true });
    const before = await contentsOf(store);

    server.tamper = { verify: () => recorded[0]! };
    await failure(sync.sync(), "bad-answer");

    expect(recorded).toHaveLength(2);
    expect(await contentsOf(store)).toEqual(before);
  });
});

describe("invariant 4, bounded", () => {
  it("ends when the server invents rows with `more` for ever", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = {
      verify: (answer, request) => changes({ more: true, rows: invented(n++) })(answer, request),
    };
    const error = await failure(newClient(server, { maxRequests: 40 }).sync(), "bad-answer");
    expect(error.message).toMatch(/no end after 40 requests/);
    expect(n).toBe(40);
  });

  it("ends when the server invents pages for ever", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = page(() => ({ rows: {}, next: { collection: "Contact", key: String.fromCharCode(0x100 + n++) } }));
    await failure(newClient(server, { maxRequests: 40 }).sync(), "bad-answer");
    expect(n).toBe(39);
  });

  it("ends when a sync has received too many bytes", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = {
      verify: (answer, request) =>
        changes({ more: true, rows: rowsOf("Contact", encodingOf("Contact", contact(`${n++}`, "x".repeat(10_000)))) })(
          answer,
          request,
        ),
    };
    await failure(newClient(server, { maxDownloadBytes: 100_000 }).sync(), "too-large");
    expect(n).toBe(10);
  });

  it("invariant 10, honest: ends when the server changes faster than rounds go: not in sync, what is held is valid", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = {
      verify: (answer) => {
        server.set.put("Contact", contact(`c${n++}`));
        return answer.type === "changes" ? { ...answer, root: new Uint8Array(32) } : answer;
      },
    };
    server.set.put("Contact", contact("first"));
    const store = memoryStore();
    const sync = newClient(server, { store });
    const { inSync, rounds, upserted } = await sync.sync();
    expect({ inSync, rounds, upserted }).toEqual({ inSync: false, rounds: 8, upserted: 8 });
    expect(await sync.audit()).toMatchObject({ corrupted: [], sumsRepaired: false });
  });

  it("sends no sketch longer than the limit", async () => {
    const server = await startServer();
    server.set.put("Contact", contact("x"));
    const sync = newClient(server);
    await sync.sync();
    server.tamper = {
      http: (request, response) => {
        response.writeHead(200, { "content-type": "application/cbor" });
        // {"base": .., "type": "longer-sketch", "cells": limit + 1}: the encoder would refuse to write this.
        const head = `a364626173655820${"00".repeat(32)}64747970656d6c6f6e6765722d736b65746368`;
        request.resume();
        response.end(Buffer.from(`${head}6563656c6c7319${(limits.cells + 1).toString(16)}`, "hex"));
        return true;
      },
    };
    const error = await failure(sync.sync(), "bad-answer");
    expect(error.message).toMatch(/cells/);
  });

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
