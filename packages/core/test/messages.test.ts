import { describe, expect, it } from "vitest";
import { fingerprint } from "../src/fingerprint.js";
import { fromHex, toHex } from "../src/hex.js";
import { limits } from "../src/limits.js";
import type { Manifest } from "../src/manifest.js";
import {
  decodeManifest,
  decodePullAnswer,
  decodePullRequest,
  decodeVerifyAnswer,
  decodeVerifyRequest,
  encodeManifest,
  encodePullAnswer,
  encodePullRequest,
  encodeVerifyAnswer,
  encodeVerifyRequest,
  type MediaType,
} from "../src/messages.js";
import type { PullAnswer, PullRequest, VerifyAnswer, VerifyRequest, Window } from "../src/protocol.js";
import { oracle } from "./encoding-oracle.js";
import { fc } from "./property.js";

const media: readonly MediaType[] = ["application/cbor", "application/json"];
const decoders = { decodeVerifyRequest, decodeVerifyAnswer, decodePullRequest, decodePullAnswer, decodeManifest };

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const count = fc.maxSafeNat();
const name = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 9 }),
  fc.constantFrom("__proto__", "Contact", "toString"),
);
const names = fc.uniqueArray(name, { maxLength: 5 });
const window = fc.constantFrom<Window>(0, 1, 2, 3);
const stale = fc.array(bytes(8), { maxLength: 5 }).map((elements) => Uint8Array.from(elements.flatMap((e) => [...e])));
const position = fc.record({ collection: name, key: fc.string() }, { requiredKeys: ["collection"] });
const rows = fc
  .uniqueArray(fc.tuple(name, fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 })), {
    selector: ([collection]) => collection,
    maxLength: 4,
  })
  .map((entries) => {
    const made: Record<string, Uint8Array[]> = Object.create(null);
    for (const [collection, encodings] of entries) made[collection] = encodings;
    return made;
  });

const request = { protocol: fc.constant(1), algorithm: fc.constantFrom("sha256", "é"), manifest: bytes(8) };
const verifyRequest: fc.Arbitrary<VerifyRequest> = fc.record(
  { ...request, collections: names, count, root: bytes(32), sketch: fc.uint8Array({ maxLength: 600 }), window },
  { requiredKeys: ["protocol", "algorithm", "manifest", "count", "root"] },
);
const pullRequest: fc.Arbitrary<PullRequest> = fc.record(
  { ...request, collections: names, after: position },
  { requiredKeys: ["protocol", "algorithm", "manifest"] },
);
const manifestChanged = { type: fc.constant("manifest-changed" as const), manifest: bytes(8), unknown: names };
const base = bytes(32);
const verifyAnswer: fc.Arbitrary<VerifyAnswer> = fc.oneof(
  fc.record({ type: fc.constant("in-sync" as const), base, incomplete: count }, { requiredKeys: ["type", "base"] }),
  fc.record(
    {
      type: fc.constant("changes" as const),
      base,
      rows,
      stale,
      window,
      count,
      root: bytes(32),
      more: fc.constant(true as const),
      incomplete: count,
    },
    { requiredKeys: ["type", "base", "rows", "stale", "count", "root"] },
  ),
  fc.record(
    { type: fc.constant("longer-sketch" as const), base, cells: fc.integer({ min: 1, max: limits.cells }), window },
    { requiredKeys: ["type", "base", "cells"] },
  ),
  fc.record({ type: fc.constant("bulk" as const), base, count }),
  fc.record({ ...manifestChanged, base }, { requiredKeys: ["type", "base", "manifest"] }),
);
const pullAnswer: fc.Arbitrary<PullAnswer> = fc.oneof(
  fc.record(
    { type: fc.constant("page" as const), rows, next: position, count },
    { requiredKeys: ["type", "rows", "count"] },
  ),
  fc.record(manifestChanged, { requiredKeys: ["type", "manifest"] }),
);

const manifest: Manifest = {
  version: 1,
  algorithm: "sha256",
  collections: [
    {
      name: "Contact",
      fields: [
        { name: "id", type: "String" },
        { name: "weight", type: "Float", single: true, optional: true },
        { name: "tags", type: "String", list: true },
      ],
      key: ["id"],
      scope: ["account.id"],
      where: { weight: 1.5 },
    },
  ],
};

/** The message as its JSON form should be: byte strings as hex. */
function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([property, member]) => [property, asJson(member)]));
  return value;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parsed(body: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(body));
}

describe.each([
  ["VerifyRequest", verifyRequest as fc.Arbitrary<object>, encodeVerifyRequest, decodeVerifyRequest],
  ["VerifyAnswer", verifyAnswer, encodeVerifyAnswer, decodeVerifyAnswer],
  ["PullRequest", pullRequest, encodePullRequest, decodePullRequest],
  ["PullAnswer", pullAnswer, encodePullAnswer, decodePullAnswer],
] as [
  string,
  fc.Arbitrary<object>,
  (message: object, media?: MediaType) => Uint8Array,
  (body: Uint8Array, media?: MediaType) => unknown,
][])("%s", (_, arbitrary, encode, decode) => {
  it("is plain DAG-CBOR of the message, and comes back", () => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const body = encode(message);
        expect(toHex(body)).toBe(toHex(oracle(message)));
        expect(decode(body)).toEqual(message);
      }),
    );
  });

  it("is the same message as JSON, byte strings in hex, and comes back", () => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const body = encode(message, "application/json");
        expect(parsed(body)).toEqual(asJson(message));
        expect(decode(body, "application/json")).toEqual(message);
      }),
    );
  });

  it("ignores properties it does not know", () => {
    fc.assert(
      fc.property(arbitrary, fc.jsonValue(), (message, value) => {
        const grown = { ...message, aNewProperty: value };
        expect(decode(oracle(grown))).toEqual(message);
        expect(decode(json(asJson(grown)), "application/json")).toEqual(message);
      }),
    );
  });

  it("names the property that is missing or wrong", () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), (message, pick) => {
        const properties = Object.keys(message);
        const property = properties[pick % properties.length]!;
        const wrong = { ...message, [property]: [[]] };
        const expected = expect.objectContaining({ message: expect.stringContaining(`.${property}`) });
        expect(() => decode(oracle(wrong))).toThrow(expected);
        expect(() => decode(json(asJson(wrong)), "application/json")).toThrow(expected);
      }),
    );
  });

  it("refuses damaged, truncated and foreign bytes with an error of ours, never another", () => {
    const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(...media), damage, (message, type, { at, byte, cut }) => {
        const body = encode(message, type);
        const damaged = cut ? body.slice(0, at % body.length) : body.slice();
        if (!cut) damaged[at % body.length] = byte;
        for (const other of Object.values(decoders)) {
          for (const read of media) {
            try {
              other(damaged, read);
            } catch (error) {
              expect(error).toMatchObject({ name: "DigestSyncError" });
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("manifest message", () => {
  it.each(media)("comes back from %s with its fingerprint, and without what is the server's own", (type) => {
    const body = encodeManifest(
      { ...manifest, provider: "sqlite", tables: [{ name: "secret_table" }] } as Manifest,
      type,
    );
    expect(decodeManifest(body, type)).toEqual({ ...manifest, fingerprint: fingerprint(manifest) });
    expect(new TextDecoder().decode(body)).not.toContain("secret_table");
  });

  it("is refused when its fingerprint is another's, or when it is no manifest", () => {
    const message = { ...manifest, fingerprint: new Uint8Array(8) };
    expect(() => decodeManifest(oracle(message))).toThrow(
      expect.objectContaining({ code: "invalid-message", message: expect.stringContaining("manifest.fingerprint") }),
    );
    expect(() => decodeManifest(oracle({ ...message, version: 2 }))).toThrow(
      expect.objectContaining({ code: "invalid-manifest" }),
    );
  });
});

describe("a request", () => {
  const valid = { protocol: 1, algorithm: "sha256", manifest: new Uint8Array(8), count: 0, root: new Uint8Array(32) };

  it("of the root alone is small: under 140 bytes", () => {
    const request = { ...valid, count: 1_000_000, collections: ["Contact", "Chat"] };
    expect(encodeVerifyRequest(request).length).toBeLessThan(140);
  });

  it("of another protocol is told so, whatever else is in it", () => {
    for (const decode of [decodeVerifyRequest, decodePullRequest]) {
      const unsupported = expect.objectContaining({ code: "unsupported-protocol" });
      expect(() => decode(oracle({ protocol: 2, root: "?" }))).toThrow(unsupported);
      expect(() => decode(json({ protocol: 2, root: "?" }), "application/json")).toThrow(unsupported);
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no protocol", { protocol: undefined }, "request.protocol"],
    ["a protocol that is no number", { protocol: "1" }, "request.protocol"],
    ["no algorithm", { algorithm: "" }, "request.algorithm"],
    ["an endless algorithm", { algorithm: "a".repeat(65) }, "request.algorithm"],
    ["a fingerprint of 7 bytes", { manifest: new Uint8Array(7) }, "request.manifest"],
    ["a root of 33 bytes", { root: new Uint8Array(33) }, "request.root"],
    ["a negative count", { count: -1 }, "request.count"],
    ["a count beyond 53 bits", { count: 2n ** 53n }, "request.count"],
    ["a fractional count", { count: 1.5 }, "request.count"],
    ["window 4", { window: 4 }, "request.window"],
    ["a sketch past the limit", { sketch: new Uint8Array(limits.cells * 17 + 1) }, "request.sketch"],
    ["a collection twice", { collections: ["A", "A"] }, "request.collections"],
    ["a collection without name", { collections: [""] }, "request.collections[0]"],
    ["too many collections", { collections: Array.from({ length: 257 }, (_, i) => `C${i}`) }, "request.collections"],
    ["collections that are none", { collections: "A" }, "request.collections"],
    ["null for an absent property", { sketch: null }, "request.sketch"],
  ])("with %s is refused", (_, change, property) => {
    const message: Record<string, unknown> = { ...valid, ...change };
    for (const name of Object.keys(message)) if (message[name] === undefined) delete message[name];
    const refused = expect.objectContaining({ code: "invalid-message", message: expect.stringContaining(property) });
    expect(() => decodeVerifyRequest(oracle(message))).toThrow(refused);
    if (typeof message.count === "bigint") message.count = Number(message.count);
    expect(() => decodeVerifyRequest(json(asJson(message)), "application/json")).toThrow(refused);
  });

  it("that is no message at all is refused", () => {
    for (const decode of Object.values(decoders)) {
      for (const body of [
        "",
        "80",
        "f6",
        "00",
        "a0",
        "ff",
        "81".repeat(10_000),
        "9bffffffffffffffff",
        "bb7fffffffffffffff",
      ])
        expect(() => decode(fromHex(body))).toThrow(expect.objectContaining({ name: "DigestSyncError" }));
      for (const body of ["", "null", "[]", "1", "{", "\u0000", '"text"', "[".repeat(100_000), '{"__proto__":1}'])
        expect(() => decode(new TextEncoder().encode(body), "application/json")).toThrow(
          expect.objectContaining({ name: "DigestSyncError" }),
        );
      expect(() => decode(Uint8Array.of(0x22, 0xff, 0x22), "application/json")).toThrow(
        expect.objectContaining({ code: "malformed" }),
      );
    }
  });

  it("with bytes after its end is refused", () => {
    const body = Uint8Array.of(...encodeVerifyRequest(valid), 0);
    expect(() => decodeVerifyRequest(body)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  it("in another media type is refused", () => {
    expect(() => decodeVerifyRequest(encodeVerifyRequest(valid), "text/plain" as MediaType)).toThrow(
      expect.objectContaining({ code: "unsupported-media-type" }),
    );
  });

  it("with unknown properties of any size builds nothing of them", () => {
    const junk = Array.from({ length: 200_000 }, () => ({}));
    const body = oracle({ ...valid, aHugeProperty: junk });
    expect(decodeVerifyRequest(body)).toEqual(valid);
  });
});

describe("an answer", () => {
  const changes = {
    type: "changes",
    base: new Uint8Array(32),
    rows: {},
    stale: new Uint8Array(0),
    count: 0,
    root: new Uint8Array(32),
  };

  it.each<[string, Record<string, unknown>, string]>([
    ["an unknown type", { type: "new" }, "answer.type"],
    ["no type", { type: 1 }, "answer.type"],
    ["a type from the prototype", { type: "toString" }, "answer.type"],
    ["stale of 12 bytes", { stale: new Uint8Array(12) }, "answer.stale"],
    ["more that is false", { more: false }, "answer.more"],
    ["rows that are an array", { rows: [] }, "answer.rows"],
    ["rows that are no array", { rows: { A: "x" } }, "answer.rows.A"],
    ["rows that are no bytes", { rows: { A: [1] } }, "answer.rows.A"],
    [
      "too many rows",
      { rows: { A: Array(2_501).fill(new Uint8Array(1)), B: Array(2_500).fill(new Uint8Array(1)) } },
      "answer.rows",
    ],
    ["a negative incomplete", { incomplete: -1 }, "answer.incomplete"],
  ])("with %s is refused", (_, change, property) => {
    const message = { ...changes, ...change };
    const refused = expect.objectContaining({ code: "invalid-message", message: expect.stringContaining(property) });
    expect(() => decodeVerifyAnswer(oracle(message))).toThrow(refused);
    expect(() => decodeVerifyAnswer(json(asJson(message)), "application/json")).toThrow(refused);
  });

  it("has rows in an object without prototype, because names come from outside", () => {
    const hostile = { ...changes, rows: JSON.parse('{"__proto__": []}') };
    for (const answer of [
      decodeVerifyAnswer(oracle(hostile)),
      decodeVerifyAnswer(json(asJson({ ...changes, rows: {} })), "application/json"),
      decodeVerifyAnswer(
        new TextEncoder().encode(JSON.stringify(asJson(changes)).replace('"rows":{}', '"rows":{"__proto__":[]}')),
        "application/json",
      ),
    ]) {
      if (answer.type !== "changes") throw new Error("unexpected type");
      expect(Object.getPrototypeOf(answer.rows)).toBe(null);
    }
  });

  it("in JSON takes lowercase hex only", () => {
    for (const base of ["AB".repeat(32), "0".repeat(63), "0x", 1])
      expect(() => decodeVerifyAnswer(json({ ...(asJson(changes) as object), base }), "application/json")).toThrow(
        expect.objectContaining({ code: "invalid-message", message: expect.stringContaining("answer.base") }),
      );
  });

  it("for a longer sketch stays within the cells a request may have", () => {
    for (const cells of [0, limits.cells + 1])
      expect(() => decodeVerifyAnswer(oracle({ type: "longer-sketch", base: new Uint8Array(32), cells }))).toThrow(
        expect.objectContaining({ message: expect.stringContaining("answer.cells") }),
      );
  });
});
