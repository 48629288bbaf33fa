// The contents of test/vectors/encoding.json: rows chosen here, bytes by the oracle; none of src has a say in them.
import { createHash } from "node:crypto";
import type { Collection, Field } from "../src/manifest.js";
import { encodeByOracle, oracle } from "./encoding-oracle.js";
import {
  bigint,
  bytes,
  date,
  decimal,
  float,
  int,
  json,
  list,
  none,
  type Tagged,
  text,
  untaggedRow,
} from "./tagged.js";

const id: Field = { name: "id", type: "String" };
const optional = true;

const collections: Collection[] = [
  {
    name: "Everything",
    fields: [
      id,
      { name: "text", type: "String", optional },
      { name: "int", type: "Int", optional },
      { name: "bigInt", type: "BigInt", optional },
      { name: "float", type: "Float", optional },
      { name: "single", type: "Float", single: true, optional },
      { name: "decimal", type: "Decimal", optional },
      { name: "boolean", type: "Boolean", optional },
      { name: "dateTime", type: "DateTime", optional },
      { name: "json", type: "Json", optional },
      { name: "bytes", type: "Bytes", optional },
      { name: "status", type: "Enum", optional },
    ],
    key: ["id"],
    scope: [],
  },
  {
    name: "Lists",
    fields: [
      id,
      { name: "texts", type: "String", list: true },
      { name: "ints", type: "Int", list: true },
      { name: "jsons", type: "Json", list: true },
    ],
    key: ["id"],
    scope: [],
  },
  {
    name: "Sorted",
    fields: ["id", "zz", "b", "aaa", "a", "aB", "Z", "a_", "a1", "id2"].map((name) =>
      name === "id" ? id : { name, type: "Int", optional },
    ),
    key: ["id"],
    scope: [],
  },
  {
    name: "ACollectionWhoseNameIsLongerThan23Bytes",
    fields: [
      { name: "team", type: "String" },
      { name: "user", type: "BigInt" },
    ],
    key: ["team", "user"],
    scope: [],
  },
  {
    name: "Wide",
    fields: [id, ...Array.from({ length: 24 }, (_, i): Field => ({ name: `f${i}`, type: "Int", optional }))],
    key: ["id"],
    scope: [],
  },
];

interface RowCase {
  readonly name: string;
  readonly collection: string;
  readonly row: Readonly<Record<string, Tagged>>;
}

function everything(name: string, field: string, value: Tagged): RowCase {
  return { name, collection: "Everything", row: { id: text("1"), [field]: value } };
}

function inCollection(collection: string, name: string, row: Readonly<Record<string, Tagged>>): RowCase {
  return { name, collection, row };
}

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const wide = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`f${i}`, int(i)]));

const rowCases: RowCase[] = [
  inCollection("Everything", "the key alone; null fields are left out", {
    id: text("1"),
    ...Object.fromEntries(collections[0]!.fields.slice(1).map(({ name }) => [name, none])),
  }),
  inCollection("Everything", "every field", {
    id: text("c1"),
    text: text("Ada"),
    int: int(36),
    bigInt: bigint(9007199254740993n),
    float: float(1.5),
    single: float(0.1),
    decimal: decimal("12.50"),
    boolean: { type: "Boolean", value: true },
    dateTime: date("2024-02-29T12:34:56.789Z"),
    json: json('{"name": "Ada", "tags": ["x", null, 1.0, 1.5], "a": {}}'),
    bytes: bytes("00ff"),
    status: { type: "Enum", value: "ACTIVE" },
  }),
  everything("an empty text", "text", text("")),
  everything("text of 23 bytes", "text", text("a".repeat(23))),
  everything("text of 24 bytes", "text", text("a".repeat(24))),
  everything("text of 12 characters and 24 bytes", "text", text("é".repeat(12))),
  everything("text of 255 bytes", "text", text("a".repeat(255))),
  everything("text of 256 bytes", "text", text("a".repeat(256))),
  everything("text beyond U+FFFF", "text", text("𝄞\u{10ffff}")),
  everything("composed text: no normalisation", "text", text("\u00e9")),
  everything("decomposed text: no normalisation", "text", text("e\u0301")),
  everything("a byte order mark", "text", text("\ufeffa")),
  everything("U+0000", "text", text("\u0000")),
  everything("an unpaired surrogate becomes U+FFFD", "text", { type: "String", utf16: "0061d8340062" }),
  ...[0, 23, 24, 255, 256, 65535, 65536, 2147483647, -1, -24, -25, -256, -257, -2147483648].map((value) =>
    everything(`Int ${value}`, "int", int(value)),
  ),
  ...[
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 64n - 1n,
    -(2n ** 53n),
    -(2n ** 63n),
    7n,
  ].map((value) => everything(`BigInt ${value}`, "bigInt", bigint(value))),
  ...[0, -0, 1, -1, 0.1, 1e21, 5e-324, Number.MAX_VALUE, Infinity, -Infinity].map((value) =>
    everything(`Float ${Object.is(value, -0) ? "-0" : value}`, "float", float(value)),
  ),
  ...["7ff8000000000000", "7ff8000000000001", "fff8000000000000"].map((bits) =>
    everything(`Float NaN of bits ${bits}`, "float", float(bits)),
  ),
  everything("a single-precision 0.1 read as a double", "single", float(0.10000000149011612)),
  everything("a single-precision 0.1 read as text", "single", float(0.1)),
  everything("a single-precision overflow", "single", float(1e300)),
  ...[
    "0",
    "-0",
    "0.00",
    "-1.50",
    "100",
    "1e3",
    "1.5E-7",
    "00012.3400",
    ".5",
    `${"9".repeat(40)}.${"1".repeat(30)}0`,
  ].map((value) => everything(`Decimal ${value}`, "decimal", decimal(value))),
  everything("Boolean false", "boolean", { type: "Boolean", value: false }),
  ...[
    "1970-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "2038-01-19T03:14:08.000Z",
    "0001-01-01T00:00:00.000Z",
    "+275760-09-13T00:00:00.000Z",
    "-271821-04-20T00:00:00.000Z",
  ].map((value) => everything(`DateTime ${value}`, "dateTime", date(value))),
  ...[
    "null",
    "true",
    '"text"',
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1e2",
    "1.5",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740991",
    "-9007199254740992",
    "9007199254740993",
    "1e-400",
    "0.1",
    "[]",
    "{}",
    "[null]",
    '{"a": null}',
    '{"bb": 1, "a": 2, "é": 3, "c": 4, "": 5}',
    '{"\\uffff": 1, "\\ud834\\udd1e": 2}',
    '{"a": 1, "a": 2}',
    '{"__proto__": {"x": 1}, "constructor": 2}',
    '{"/": "bafy"}',
    '{"a\\ud800": "\\udc00"}',
    `{${Array.from({ length: 24 }, (_, i) => `"k${i}": ${i}`).join(", ")}}`,
  ].map((source) => everything(`Json ${source}`, "json", json(source))),
  everything("Json of depth 128", "json", json(nested(128))),
  everything("no bytes", "bytes", bytes("")),
  everything("256 bytes", "bytes", bytes("ab".repeat(256))),
  inCollection("Lists", "missing lists are empty lists", { id: text("1") }),
  inCollection("Lists", "null lists are empty lists", { id: text("1"), texts: none, ints: none, jsons: none }),
  inCollection("Lists", "lists keep their order", {
    id: text("1"),
    texts: list(text("b"), text("a"), text("a")),
    ints: list(int(2), int(-1)),
    jsons: list(json("null"), json('{"b": 1, "a": []}'), json(nested(128))),
  }),
  inCollection("Lists", "24 elements", {
    id: text("1"),
    ints: list(...Array.from({ length: 24 }, (_, i) => int(i))),
  }),
  inCollection("Sorted", "shorter names first, then bytewise", {
    id: text("1"),
    ...Object.fromEntries(collections[2]!.fields.slice(1).map(({ name }, i) => [name, int(i)])),
  }),
  inCollection("ACollectionWhoseNameIsLongerThan23Bytes", "two key fields", { team: text("a/b"), user: bigint(7n) }),
  inCollection("Wide", "23 fields", { id: text("1"), ...wide, f0: none, f1: none }),
  inCollection("Wide", "24 fields", { id: text("1"), ...wide, f0: none }),
];

const refusedCases: RowCase[] = [
  everything("a BigInt above 64 bits", "bigInt", bigint(2n ** 64n)),
  everything("a BigInt below 64 bits", "bigInt", bigint(-(2n ** 63n) - 1n)),
  everything("an Int beyond 53 bits", "int", bigint(2n ** 53n)),
  everything("Decimal NaN", "decimal", decimal("NaN")),
  everything("Decimal Infinity", "decimal", decimal("-Infinity")),
  everything("a Json number beyond the doubles", "json", json("1e400")),
  everything("Json of depth 129", "json", json(nested(129))),
  everything("Json keys that are the same in UTF-8", "json", json('{"\\ud800": 1, "\\ud801": 2}')),
  everything("text in an Int field", "int", text("1")),
  inCollection("Lists", "null in a list", { id: text("1"), ints: list(int(1), none) }),
  inCollection("Everything", "no key", { text: text("a") }),
];

/** Bytes that a strict decoder refuses, each a small step away from an encoding. */
const malformed = [
  { name: "keys out of order", collection: "Everything", encoding: "a263696e74016269646131" },
  { name: "bytes after the end", collection: "Everything", encoding: "a1626964613100" },
  { name: "truncated", collection: "Everything", encoding: "a16269646231" },
  { name: "a key twice", collection: "Everything", encoding: "a262696461316269646131" },
  { name: "no key field", collection: "Everything", encoding: "a0" },
  { name: "an explicit null", collection: "Everything", encoding: "a2626964613163696e74f6" },
  { name: "an explicit null in an unknown field", collection: "Everything", encoding: "a262696461316378797af6" },
  { name: "indefinite length", collection: "Everything", encoding: "bf6269646131ff" },
  { name: "an integer that is not the shortest", collection: "Everything", encoding: "a2626964613163696e741801" },
  { name: "a tag", collection: "Everything", encoding: "a2626964613166626967496e74c24101" },
  { name: "a float of 32 bits", collection: "Everything", encoding: "a2626964613165666c6f6174fa3f800000" },
  { name: "an integer in a Float field", collection: "Everything", encoding: "a2626964613165666c6f617401" },
  { name: "negative zero", collection: "Everything", encoding: "a2626964613165666c6f6174fb8000000000000000" },
  { name: "NaN of other bits", collection: "Everything", encoding: "a2626964613165666c6f6174fb7ff8000000000001" },
  {
    name: "a double in a single-precision field",
    collection: "Everything",
    encoding: "a262696461316673696e676c65fb3fb999999999999a",
  },
  {
    name: "a Decimal with a trailing zero",
    collection: "Everything",
    encoding: "a2626964613167646563696d616c63312e30",
  },
  {
    name: "a date out of range",
    collection: "Everything",
    encoding: "a26269646131686461746554696d651b001eb208c2dc0001",
  },
  {
    name: "a Json float that is a safe integer",
    collection: "Everything",
    encoding: "a26269646131646a736f6efb3ff0000000000000",
  },
  { name: "Json keys out of order", collection: "Everything", encoding: "a26269646131646a736f6ea2616201616102" },
  { name: "a byte string in Json", collection: "Everything", encoding: "a26269646131646a736f6e4131" },
  { name: "text that is not UTF-8", collection: "Everything", encoding: "a162696461ff" },
  { name: "text with an encoded surrogate", collection: "Everything", encoding: "a162696463eda080" },
];

export function encodingVectors() {
  return {
    description:
      "Rows and their encodings and row digests (SHA-256). `refused`: rows without an encoding. `malformed`: bytes that a decoder refuses. " +
      "Byte strings are hexadecimal. Json values are JSON text; Float values are the bits of a double. See PROTOCOL.md, Row encoding.",
    collections,
    rows: rowCases.map((row) => {
      const collection = collections.find(({ name }) => name === row.collection)!;
      const encoding = encodeByOracle(collection, untaggedRow(row.row));
      const hashed = createHash("sha256").update(Uint8Array.of(0x82)).update(oracle(row.collection)).update(encoding);
      return { ...row, encoding: Buffer.from(encoding).toString("hex"), digest: hashed.digest("hex") };
    }),
    refused: refusedCases,
    malformed,
  };
}
