import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileDigest } from "../src/digest.js";
import { fingerprint } from "../src/fingerprint.js";
import { fromHex, toHex } from "../src/hex.js";
import { compareKeys, type KeyValue, keyOfParts, keyText, parseKey, scopeText } from "../src/key.js";
import type { Collection, FieldType } from "../src/manifest.js";
import * as messages from "../src/messages.js";
import { compileRowDecoder } from "../src/row-decoder.js";
import { compileRowDigest, compileRowEncoder } from "../src/row-encoder.js";
import { encodingVectors } from "./encoding-vectors.js";
import { fingerprintVectors, keyVectors, type MessageName, messageVectors } from "./protocol-vectors.js";
import { vectorText } from "./set-vectors.js";
import { untagged, untaggedRow } from "./tagged.js";

function vectorFile(name: string): URL {
  return new URL(`../../../test/vectors/${name}.json`, import.meta.url);
}

function readVectors<Vectors>(name: string, oracle: () => Vectors): Vectors {
  // To write them anew, for the protocol's next version: WRITE_VECTORS=1 npx vitest run packages/core/test/vectors
  if (process.env.WRITE_VECTORS) writeFileSync(vectorFile(name), vectorText(oracle() as Record<string, string>));
  return JSON.parse(readFileSync(vectorFile(name), "utf8")) as Vectors;
}

const encoding = readVectors("encoding", encodingVectors);
const keys = readVectors("keys", keyVectors);
const fingerprints = readVectors("fingerprint", fingerprintVectors);
const bodies = readVectors("messages", messageVectors);

describe("the vector files", () => {
  it.each([
    ["encoding", encodingVectors],
    ["keys", keyVectors],
    ["fingerprint", fingerprintVectors],
    ["messages", messageVectors],
  ] as const)("%s.json is, byte for byte, what the oracle makes of its inputs", (name, oracle) => {
    expect(readFileSync(vectorFile(name), "utf8")).toBe(vectorText(oracle()));
  });
});

function collectionNamed(name: string): Collection {
  return encoding.collections.find((collection) => collection.name === name)!;
}

describe("encoding.json", () => {
  it.each(encoding.rows)("$collection: $name", ({ collection: name, row, encoding: hex, digest }) => {
    const collection = collectionNamed(name);
    const encode = compileRowEncoder(collection);
    const value = untaggedRow(row);
    expect(toHex(encode(value))).toBe(hex);
    expect(toHex(encode(compileRowDecoder(collection)(fromHex(hex))))).toBe(hex);
    expect(toHex(compileDigest(name, "sha256")(fromHex(hex)))).toBe(digest);
    expect(toHex(compileRowDigest(collection, "sha256")(value))).toBe(digest);
  });

  it.each(encoding.refused)("refused: $name", ({ collection, row }) => {
    const encode = compileRowEncoder(collectionNamed(collection));
    expect(() => encode(untaggedRow(row))).toThrow(expect.objectContaining({ code: "unencodable", collection }));
  });

  it.each(encoding.malformed)("malformed: $name", ({ collection, encoding: hex }) => {
    const decode = compileRowDecoder(collectionNamed(collection));
    expect(() => decode(fromHex(hex))).toThrow(expect.objectContaining({ code: "malformed", collection }));
  });
});

function keyedBy(types: readonly FieldType[]): Collection {
  const fields = types.map((type, i) => ({ name: `k${i}`, type }));
  return { name: "Thing", fields, key: fields.map(({ name }) => name), scope: [] };
}

describe("keys.json", () => {
  it.each(keys.keys)("key $text", ({ types, values, text }) => {
    const parts = values.map(untagged) as KeyValue[];
    expect(keyText(keyedBy(types), Object.fromEntries(parts.map((part, i) => [`k${i}`, part])))).toBe(text);
    expect(keyOfParts(parts)).toBe(text);
    expect(parseKey(keyedBy(types), text)).toEqual(parts);
  });

  it.each(keys.refused)("$text is no key of $types", ({ types, text }) => {
    expect(() => parseKey(keyedBy(types), text)).toThrow(expect.objectContaining({ code: "invalid-message" }));
  });

  it.each(keys.scopes)("scope $text", ({ values, text }) => {
    expect(scopeText(values.map(untagged) as (KeyValue | null)[])).toBe(text);
  });

  it("order", () => {
    for (let i = 1; i < keys.ordered.length; i++)
      expect(compareKeys(keys.ordered[i - 1]!, keys.ordered[i]!)).toBeLessThan(0);
    expect([...keys.ordered].reverse().sort(compareKeys)).toEqual(keys.ordered);
  });
});

describe("fingerprint.json", () => {
  it.each(fingerprints.manifests)("$name", ({ manifest, fingerprint: expected }) => {
    expect(toHex(fingerprint(manifest))).toBe(expected);
  });
});

type Codec = readonly [
  (message: never, media?: messages.MediaType) => Uint8Array,
  (body: Uint8Array, media?: messages.MediaType) => unknown,
];

const codecs: Readonly<Record<MessageName, Codec>> = {
  VerifyRequest: [messages.encodeVerifyRequest, messages.decodeVerifyRequest],
  VerifyAnswer: [messages.encodeVerifyAnswer, messages.decodeVerifyAnswer],
  PullRequest: [messages.encodePullRequest, messages.decodePullRequest],
  PullAnswer: [messages.encodePullAnswer, messages.decodePullAnswer],
  Manifest: [messages.encodeManifest, messages.decodeManifest],
};

describe("messages.json", () => {
  it.each(bodies.messages)("$message: $name", ({ message, json, cbor }) => {
    const [encode, decode] = codecs[message];
    const fromJson = decode(new TextEncoder().encode(JSON.stringify(json)), "application/json") as never;
    const fromCbor = decode(fromHex(cbor)) as never;
    expect(fromJson).toEqual(fromCbor);
    expect(toHex(encode(fromJson))).toBe(cbor);
    expect(JSON.parse(new TextDecoder().decode(encode(fromCbor, "application/json")))).toEqual(json);
  });

  it.each(bodies.refused)("refused $message: $name", ({ message, code, cbor }) => {
    expect(() => codecs[message][1](fromHex(cbor))).toThrow(expect.objectContaining({ code }));
  });
});
