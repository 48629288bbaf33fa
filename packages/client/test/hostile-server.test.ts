import type { Changes } from "@digest-sync/core";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import type { Tamper } from "./reference-server.js";
import { contact, contacts, encodingOf } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";
import { changes, page, rowsOf } from "./tampered-answers.js";

const body = (bytes: Uint8Array | string, contentType = "application/cbor", status = 200): Tamper => ({
  http: (_request, response) => {
    response.writeHead(status, { "content-type": contentType });
    response.end(bytes);
    return true;
  },
});
const row = encodingOf("Contact", contact("x"));

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
  "more without anything": ["bad-answer", /sent none/, { verify: changes({ more: true }) }],
  "more with what is there already": [
    "bad-answer",
    /sent none/,
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
    /does not go forward/,
    page(() => ({ rows: {}, next: { collection: "Contact", key: "a" } })),
  ],
  "a row before its page": [
    "bad-answer",
    /outside its page/,
    page(({ rows }) => ({ rows, next: { collection: "Contact", key: "c" } })),
  ],
  "changes that never make the roots equal": ["bad-answer", /nothing to change/, { verify: changes({}) }],
  "manifest-changed without end": [
    "bad-answer",
    /nothing to change/,
    { verify: (_answer, { root }) => ({ type: "manifest-changed", base: root, manifest: new Uint8Array(8) }) },
  ],
  "bulk without end": [
    "bad-answer",
    /nothing to change/,
    {
      verify: (_answer, { root }) => ({ type: "bulk", base: root, count: 1 }),
      pull: (answer) => answer,
    },
  ],
  "no CBOR": ["bad-answer", /cannot be read/, body("hello")],
  nothing: ["bad-answer", /cannot be read/, body("")],
  JSON: ["bad-answer", /application\/json" instead of application\/cbor/, body("{}", "application/json")],
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
