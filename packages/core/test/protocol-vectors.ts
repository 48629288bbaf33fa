// The contents of test/vectors/{keys,fingerprint,messages}.json: cases chosen here, bytes by the oracle.
import { createHash } from "node:crypto";
import type { Collection, FieldType, Manifest } from "../src/manifest.js";
import { oracle } from "./encoding-oracle.js";
import { bigint, int, none, type Tagged, text } from "./tagged.js";

interface KeyCase {
  readonly types: readonly FieldType[];
  readonly values: readonly Tagged[];
  readonly text: string;
}

const keys: KeyCase[] = [
  { types: ["String"], values: [text("c1")], text: "c1" },
  { types: ["String"], values: [text("a/b~c")], text: "a/b~c" },
  { types: ["String"], values: [text("")], text: "" },
  { types: ["String"], values: [text("~")], text: "~" },
  { types: ["Enum"], values: [{ type: "Enum", value: "ACTIVE" }], text: "ACTIVE" },
  { types: ["Int"], values: [int(-7)], text: "-7" },
  { types: ["BigInt"], values: [bigint(18446744073709551615n)], text: "18446744073709551615" },
  { types: ["String", "Int"], values: [text("a/b"), int(7)], text: "a~1b/7" },
  { types: ["String", "String"], values: [text("~1"), text("~0/")], text: "~01/~00~1" },
  { types: ["String", "String"], values: [text(""), text("")], text: "/" },
  { types: ["String", "BigInt", "Int"], values: [text("é𝄞"), bigint(0n), int(0)], text: "é𝄞/0/0" },
];

const refusedKeys: { readonly types: readonly FieldType[]; readonly text: string }[] = [
  { types: ["String", "String"], text: "a" },
  { types: ["String", "String"], text: "a/b/c" },
  { types: ["String", "String"], text: "a~/b" },
  { types: ["String", "String"], text: "a~2/b" },
  { types: ["Int"], text: "" },
  { types: ["Int"], text: "07" },
  { types: ["Int"], text: "-0" },
  { types: ["Int"], text: "+7" },
  { types: ["Int"], text: "7.0" },
  { types: ["Int"], text: "9007199254740992" },
  { types: ["BigInt"], text: "18446744073709551616" },
  { types: ["BigInt"], text: "-9223372036854775809" },
];

const scopes: { readonly values: readonly Tagged[]; readonly text: string }[] = [
  { values: [], text: "" },
  { values: [text("a1")], text: "a1" },
  { values: [text("a/b~c")], text: "a~1b~0c" },
  { values: [text("~")], text: "~0" },
  { values: [none], text: "~" },
  { values: [text("")], text: "" },
  { values: [int(7), none, bigint(8n)], text: "7/~/8" },
];

/** In their order; by UTF-16 code units the last two would stand before U+E000. */
const ordered = [
  "",
  "!",
  "/",
  "0",
  "10",
  "2",
  "A",
  "a",
  "aa",
  "b",
  "é",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "𝄞",
  "\u{10ffff}",
];

export function keyVectors() {
  return {
    description:
      "Key texts of values of these types, `refused` texts that are no key of these types, scope texts, and texts in " +
      "the order of a pull: by UTF-8 bytes. See PROTOCOL.md, Keys and scopes.",
    keys,
    refused: refusedKeys,
    scopes,
    ordered,
  };
}

const contact: Collection = {
  name: "Contact",
  fields: [
    { name: "id", type: "String" },
    { name: "accountId", type: "String" },
    { name: "weight", type: "Float", single: true, optional: true },
    { name: "tags", type: "String", list: true },
    { name: "archived", type: "Boolean" },
  ],
  key: ["id"],
  scope: ["accountId"],
};
const member: Collection = {
  name: "Member",
  fields: [
    { name: "teamId", type: "BigInt" },
    { name: "userId", type: "Int" },
  ],
  key: ["teamId", "userId"],
  scope: ["team.orgId", "teamId"],
};

function manifestOf(...collections: Collection[]): Manifest {
  return { version: 1, algorithm: "sha256", collections };
}

const manifests: { readonly name: string; readonly manifest: Manifest }[] = [
  { name: "no collections", manifest: manifestOf() },
  { name: "one collection", manifest: manifestOf(contact) },
  {
    name: "the same with its fields in another order, one of them now required",
    manifest: manifestOf({ ...contact, fields: contact.fields.map(({ optional: _, ...field }) => field).reverse() }),
  },
  { name: "the same with a filter", manifest: manifestOf({ ...contact, where: { archived: false } }) },
  {
    name: "a filter of numbers and null",
    manifest: manifestOf({ ...contact, where: { weight: 1.5, accountId: null } }),
  },
  { name: "a filter with a whole number", manifest: manifestOf({ ...contact, where: { weight: 2 } }) },
  { name: "another algorithm", manifest: { ...manifestOf(contact), algorithm: "md5" } },
  { name: "two collections", manifest: manifestOf(contact, member) },
  { name: "the key in another order", manifest: manifestOf({ ...member, key: ["userId", "teamId"] }) },
];

/** The value that is hashed. Numbers of filters: integers as integers, others as float64, which cborg does too. */
function fingerprintShape({ version, algorithm, collections }: Manifest): object {
  return {
    version,
    algorithm,
    collections: collections.map(({ name, fields, key, scope, where }) => ({
      name,
      fields: fields
        .map(({ optional: _, ...field }) => field)
        .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
      key,
      scope,
      ...(where ? { where } : {}),
    })),
  };
}

function fingerprintByOracle(manifest: Manifest): Uint8Array {
  return new Uint8Array(
    createHash("sha256")
      .update(oracle(fingerprintShape(manifest)))
      .digest()
      .subarray(0, 8),
  );
}

export function fingerprintVectors() {
  return {
    description:
      "Manifests, the bytes that are hashed, and their fingerprints: the first 8 bytes of the SHA-256. See PROTOCOL.md, Manifest.",
    manifests: manifests.map(({ name, manifest }) => ({
      name,
      manifest,
      hashed: hex(oracle(fingerprintShape(manifest))),
      fingerprint: hex(fingerprintByOracle(manifest)),
    })),
  };
}

const root = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const fingerprint = fingerprintByOracle(manifestOf(contact));
const request = { protocol: 1, algorithm: "sha256", manifest: fingerprint };
const row = oracle({ id: "c1", tags: [], archived: false, accountId: "a1" });

export type MessageName = "VerifyRequest" | "VerifyAnswer" | "PullRequest" | "PullAnswer" | "Manifest";

const messages: { readonly message: MessageName; readonly name: string; readonly value: object }[] = [
  { message: "VerifyRequest", name: "root alone", value: { ...request, count: 0, root: root(0) } },
  {
    message: "VerifyRequest",
    name: "everything",
    value: {
      ...request,
      collections: ["Contact"],
      count: 2 ** 53 - 1,
      root: root(1),
      sketch: new Uint8Array(13),
      window: 3,
    },
  },
  { message: "VerifyAnswer", name: "in sync", value: { type: "in-sync", base: root(1) } },
  { message: "VerifyAnswer", name: "in sync, rows missing", value: { type: "in-sync", base: root(1), incomplete: 2 } },
  {
    message: "VerifyAnswer",
    name: "changes",
    value: {
      type: "changes",
      base: root(1),
      rows: { Contact: [row] },
      stale: new Uint8Array(16).fill(7),
      count: 300,
      root: root(2),
    },
  },
  {
    message: "VerifyAnswer",
    name: "changes, cut, in another window",
    value: {
      type: "changes",
      base: root(1),
      rows: { Member: [], Contact: [row, row], __proto__x: [] },
      stale: new Uint8Array(0),
      window: 1,
      count: 300,
      root: root(2),
      more: true,
      incomplete: 0,
    },
  },
  { message: "VerifyAnswer", name: "longer sketch", value: { type: "longer-sketch", base: root(1), cells: 32768 } },
  {
    message: "VerifyAnswer",
    name: "longer sketch, another window",
    value: { type: "longer-sketch", base: root(1), cells: 32, window: 2 },
  },
  {
    message: "VerifyAnswer",
    name: "longer sketch, with the server's counts",
    value: {
      ...{ type: "longer-sketch", base: root(1), cells: 800 },
      ...{ count: 1000, counts: Uint8Array.of(0x03, 0xe8, 0x02, 0x9b, 0x01, 0xf4) },
    },
  },
  { message: "VerifyAnswer", name: "bulk", value: { type: "bulk", base: root(1), count: 1_000_000 } },
  {
    message: "VerifyAnswer",
    name: "manifest changed",
    value: { type: "manifest-changed", base: root(1), manifest: fingerprint },
  },
  {
    message: "VerifyAnswer",
    name: "collections unknown",
    value: { type: "manifest-changed", base: root(1), manifest: fingerprint, unknown: ["Old"] },
  },
  { message: "PullRequest", name: "from the beginning", value: request },
  {
    message: "PullRequest",
    name: "after a key",
    value: { ...request, collections: ["Contact", "Member"], after: { collection: "Contact", key: "" } },
  },
  { message: "PullRequest", name: "after a collection", value: { ...request, after: { collection: "Contact" } } },
  { message: "PullAnswer", name: "last page", value: { type: "page", rows: { Contact: [row] }, count: 1 } },
  {
    message: "PullAnswer",
    name: "page",
    value: { type: "page", rows: {}, next: { collection: "Member", key: "1/2" }, count: 9 },
  },
  { message: "PullAnswer", name: "manifest changed", value: { type: "manifest-changed", manifest: fingerprint } },
  { message: "Manifest", name: "one collection", value: { ...manifestOf(contact), fingerprint } },
];

const valid = { ...request, count: 0, root: root(0) };
const refused: {
  readonly message: MessageName;
  readonly name: string;
  readonly code: string;
  readonly cbor: string;
}[] = [
  {
    message: "VerifyRequest",
    name: "another protocol",
    code: "unsupported-protocol",
    cbor: hex(oracle({ protocol: 2 })),
  },
  { message: "VerifyRequest", name: "no root", code: "invalid-message", cbor: hex(oracle({ ...request, count: 0 })) },
  {
    message: "VerifyRequest",
    name: "a short root",
    code: "invalid-message",
    cbor: hex(oracle({ ...valid, root: root(0).subarray(1) })),
  },
  {
    message: "VerifyRequest",
    name: "a negative count",
    code: "invalid-message",
    cbor: hex(oracle({ ...valid, count: -1 })),
  },
  {
    message: "VerifyRequest",
    name: "an unsafe count",
    code: "invalid-message",
    cbor: hex(oracle({ ...valid, count: 2n ** 53n })),
  },
  { message: "VerifyRequest", name: "window 4", code: "invalid-message", cbor: hex(oracle({ ...valid, window: 4 })) },
  {
    message: "VerifyRequest",
    name: "a collection twice",
    code: "invalid-message",
    cbor: hex(oracle({ ...valid, collections: ["A", "A"] })),
  },
  {
    message: "VerifyRequest",
    name: "null instead of nothing",
    code: "invalid-message",
    cbor: hex(oracle({ ...valid, sketch: null })),
  },
  { message: "VerifyRequest", name: "an array", code: "invalid-message", cbor: "80" },
  { message: "VerifyRequest", name: "nothing", code: "malformed", cbor: "" },
  { message: "VerifyRequest", name: "bytes after the end", code: "malformed", cbor: `${hex(oracle(valid))}00` },
  {
    message: "VerifyRequest",
    name: "an unknown property that is not canonical",
    code: "malformed",
    cbor: `a6${hex(oracle(valid)).slice(2)}6a${Buffer.from("unknownxyz").toString("hex")}1801`,
  },
  {
    message: "VerifyAnswer",
    name: "an unknown type",
    code: "invalid-message",
    cbor: hex(oracle({ type: "maybe", base: root(0) })),
  },
  {
    message: "VerifyAnswer",
    name: "stale of 9 bytes",
    code: "invalid-message",
    cbor: hex(oracle({ ...messages[4]!.value, stale: new Uint8Array(9) })),
  },
  {
    message: "VerifyAnswer",
    name: "more that is false",
    code: "invalid-message",
    cbor: hex(oracle({ ...messages[4]!.value, more: false })),
  },
  {
    message: "VerifyAnswer",
    name: "too many cells",
    code: "invalid-message",
    cbor: hex(oracle({ ...messages[6]!.value, cells: 32769 })),
  },
  {
    message: "PullAnswer",
    name: "rows that are text",
    code: "invalid-message",
    cbor: hex(oracle({ type: "page", rows: { A: ["x"] }, count: 1 })),
  },
  {
    message: "Manifest",
    name: "another fingerprint",
    code: "invalid-message",
    cbor: hex(oracle({ ...manifestOf(contact), fingerprint: new Uint8Array(8) })),
  },
  {
    message: "Manifest",
    name: "another version",
    code: "invalid-manifest",
    cbor: hex(oracle({ ...manifestOf(contact), version: 2, fingerprint })),
  },
];

export function messageVectors() {
  return {
    description:
      "Each message as JSON (byte strings as lowercase hexadecimal text) and as CBOR, and bodies that are `refused` with " +
      "this error code. See PROTOCOL.md, Messages.",
    messages: messages.map(({ message, name, value }) => ({
      message,
      name,
      json: asJson(value),
      cbor: hex(oracle(value)),
    })),
    refused,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The message's JSON form. */
function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asJson(member)]));
  return value;
}
