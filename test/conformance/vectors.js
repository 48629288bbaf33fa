// Checks the formats against the vectors. What only servers need of PROTOCOL.md is here: encoding rows, reading keys,
// scopes, reading sketches and peeling.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

import { readMessage, writeMessage } from "./client.js";
import {
  checkManifest,
  checkOf,
  checkRow,
  compareUtf8,
  decodeCbor,
  decodeRow,
  digestOf,
  elementOf,
  encodeCbor,
  escapePart,
  expectedCount,
  fingerprintOf,
  fromJson,
  hashedManifest,
  indicesOf,
  isOfType,
  refuse,
  Sketch,
  Sum,
} from "./formats.js";

const folder = new URL("../vectors/", import.meta.url);
const hex = (bytes) => bytes.toString("hex");
const unhex = (text) => Buffer.from(text, "hex");

// Row encoding, as a server does it

/** Any decimal notation as plain notation. */
function plainDecimal(text) {
  const parts = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text) ?? refuse("invalid-row", "not a decimal");
  const [, sign, whole, fraction, exponent = "0"] = parts;
  const point = whole.length + Number(exponent);
  const digits = `${"0".repeat(Math.max(0, -point))}${whole}${fraction}`.padEnd(point, "0");
  const split = Math.max(0, point);
  const integral = digits.slice(0, split).replace(/^0+/, "") || "0";
  const rest = digits.slice(split).replace(/0+$/, "");
  const magnitude = rest === "" ? integral : `${integral}.${rest}`;
  return sign === "-" && magnitude !== "0" ? `-${magnitude}` : magnitude;
}

const encoders = {
  Int: (value) => (typeof value === "number" ? fromJson(value) : value),
  Float: (value, { single }) => (single ? Math.fround(value) : value),
  Decimal: plainDecimal,
  DateTime: (value) => BigInt(value.getTime()),
  Json: fromJson,
};

function encodeField(field, value) {
  const encode = encoders[field.type] ?? ((one) => one);
  const encodeOne = (one) => (one === null ? null : encode(one, field));
  return field.list ? (value ?? []).map(encodeOne) : encodeOne(value ?? null);
}

function encodeRow(collection, row) {
  const fields = collection.fields.map((field) => [field.name, encodeField(field, row[field.name])]);
  const map = new Map(fields.filter(([, value]) => value !== null));
  checkRow(collection, map);
  return encodeCbor(map);
}

/** A value of the vectors, in terms of this implementation. */
function valueOf({ type, value, values, bits, text, hex: bytes, utf16 }) {
  switch (type) {
    case "null":
      return null;
    case "list":
      return values.map(valueOf);
    case "BigInt":
      return BigInt(value);
    case "Float":
      return unhex(bits).readDoubleBE();
    case "DateTime":
      return new Date(value);
    case "Json":
      return JSON.parse(text);
    case "Bytes":
      return unhex(bytes);
    default:
      return utf16 ? unhex(utf16).swap16().toString("utf16le") : value;
  }
}

// Keys and scopes

function scopeText(values) {
  return values.map((value) => (value === null ? "~" : escapePart(String(value)))).join("/");
}

function parsePart(type, part) {
  if (type === "String" || type === "Enum") {
    return part;
  }
  const value = /^(0|-?[1-9]\d*)$/.test(part) ? BigInt(part) : null;
  return isOfType({ type }, value) ? value : refuse("invalid-message", `not the text of an ${type}`);
}

/** Refuses text that is no key of fields of these types. */
function parseKey(types, text) {
  if (types.length === 1) {
    return [parsePart(types[0], text)];
  }
  const parts = text.split("/");
  if (parts.length !== types.length || /~(?![01])/.test(text)) {
    refuse("invalid-message", "not a key of so many fields");
  }
  return parts.map((part, index) => parsePart(types[index], part.replaceAll("~1", "/").replaceAll("~0", "~")));
}

// Sketch: Bytes, as a receiver

function readVarint(bytes, at) {
  for (let value = 0, size = 0; ; size += 1) {
    const byte = bytes[at + size] ?? refuse("invalid-message", "a cell is truncated");
    value += (byte & 0x7f) * 2 ** (7 * size);
    if (value > 0xffffffff || (byte === 0 && size > 0)) {
      refuse("invalid-message", "a varint that is too long");
    } else if (byte < 0x80) {
      return { value, end: at + size + 1 };
    }
  }
}

function checkCount(count, n, i) {
  return i === 0 ? count === n : count >= 0 && count <= n;
}

function decodeSketch(bytes, n) {
  const lanes = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    if (i === 32_768 || bytes.length - at < 12) {
      refuse("invalid-message", "too many cells, or a truncated one");
    }
    const { value, end } = readVarint(bytes, at + 12);
    const d = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    const count = Number(BigInt.asIntN(32, expectedCount(n, i) + BigInt(d)));
    if (!checkCount(count, n, i)) {
      refuse("invalid-message", "a count that no set has");
    }
    lanes.push(...[0, 4, 8].map((offset) => bytes.readUInt32BE(at + offset)), count);
    at = end;
  }
  return Object.assign(new Sketch(lanes.length / 4), { lanes: Uint32Array.from(lanes) });
}

function subtract(minuend, subtrahend) {
  const lanes = minuend.lanes.map((value, index) => value - subtrahend.lanes[index]);
  return Object.assign(new Sketch(minuend.cells), { lanes });
}

// Sketch: Peeling

/** The element and sign of a pure cell; sign 0 if it is not pure. */
function pureCell({ lanes }, i) {
  const cell = lanes.subarray(4 * i, 4 * i + 4);
  const sign = cell[3] === 1 ? 1 : cell[3] === 0xffffffff ? -1 : 0;
  const [high, low, check] = sign < 0 ? cell.map((value) => -value) : cell;
  const element = (BigInt(high) << 32n) | BigInt(low);
  return { element, sign: check === checkOf(element) ? sign : 0 };
}

/** The elements only the minuend has, and only the subtrahend has; null if the difference does not decode. */
function peel(difference) {
  const found = { onlyA: [], onlyB: [] };
  const taken = new Set();
  const pending = Array.from({ length: difference.cells }, (_, i) => i);
  for (let visits = 0; pending.length > 0; ) {
    const i = pending.pop();
    const { element, sign } = pureCell(difference, i);
    if (sign !== 0) {
      const indices = indicesOf(element, difference.cells);
      visits += indices.length;
      if (!indices.includes(i) || indices.some((index) => taken.has(index)) || visits > 32 * difference.cells) {
        return null;
      }
      taken.add(i);
      difference.apply(element, -sign);
      found[sign > 0 ? "onlyA" : "onlyB"].push(element);
      pending.push(...indices);
    }
  }
  return difference.lanes.every((value) => value === 0) ? found : null;
}

// The vectors. Each check returns what it found and what it should have found.

const equal = (found, expected) => ({ ok: isDeepStrictEqual(found, expected), found, expected });

function refusal(act, code) {
  try {
    return { ok: false, found: act(), expected: "a refusal" };
  } catch (error) {
    return equal(error.code ?? error, code ?? error.code);
  }
}

function digestsIn([from, to]) {
  return Array.from({ length: to - from }, (_, k) =>
    createHash("sha256")
      .update(String(from + k))
      .digest(),
  );
}

function sketchOf(range, cells, window) {
  return Sketch.of(
    digestsIn(range).map((digest) => elementOf(digest, window)),
    cells,
  );
}

function wellFormed(json) {
  if (json === null || typeof json !== "object") {
    return typeof json === "string" ? json.toWellFormed() : Object.is(json, -0) ? 0 : json;
  }
  return Array.isArray(json)
    ? json.map(wellFormed)
    : Object.fromEntries(Object.entries(json).map(([key, value]) => [key.toWellFormed(), wellFormed(value)]));
}

const decodedOne = {
  String: wellFormed,
  Int: Number,
  Float: (value, { single }) => wellFormed(single ? Math.fround(value) : value),
  Decimal: plainDecimal,
  Json: wellFormed,
};

/** What decoding the encoding of a row yields. */
function decodedAs(collection, row) {
  return Object.fromEntries(
    collection.fields.map((field) => {
      const value = row[field.name] ?? (field.list ? [] : null);
      const decode = (one) => (one === null ? null : (decodedOne[field.type]?.(one, field) ?? one));
      return [field.name, field.list ? value.map(decode) : decode(value)];
    }),
  );
}

function* encodingVectors({ collections, rows, refused, malformed }) {
  const collectionOf = (vector) => collections.find(({ name }) => name === vector.collection);
  const rowOf = ({ row }) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueOf(value)]));
  for (const vector of rows) {
    const collection = collectionOf(vector);
    const bytes = unhex(vector.encoding);
    yield [`${vector.name}: encoding`, () => equal(hex(encodeRow(collection, rowOf(vector))), vector.encoding)];
    yield [
      `${vector.name}: decoding`,
      () => {
        const { row, map } = decodeRow(collection, bytes);
        const decoded = equal(row, decodedAs(collection, rowOf(vector)));
        return decoded.ok ? equal(hex(encodeCbor(map)), vector.encoding) : decoded;
      },
    ];
    yield [`${vector.name}: digest`, () => equal(hex(digestOf("sha256", collection.name, bytes)), vector.digest)];
  }
  for (const vector of refused) {
    yield [`refused: ${vector.name}`, () => refusal(() => encodeRow(collectionOf(vector), rowOf(vector)))];
  }
  for (const vector of malformed) {
    yield [`malformed: ${vector.name}`, () => refusal(() => decodeRow(collectionOf(vector), unhex(vector.encoding)))];
  }
}

/** The key is computed by decoding a row of such fields. */
function keyOf({ types, values }) {
  const fields = types.map((type, index) => ({ name: `f${index}`, type }));
  const collection = { fields, key: fields.map(({ name }) => name) };
  const row = Object.fromEntries(values.map((value, index) => [`f${index}`, valueOf(value)]));
  return decodeRow(collection, encodeRow(collection, row)).key;
}

function* keysVectors({ keys, refused, scopes, ordered }) {
  for (const vector of keys) {
    yield [`key ${vector.text}`, () => equal(keyOf(vector), vector.text)];
    yield [
      `key ${vector.text}: parsed`,
      () =>
        equal(
          parseKey(vector.types, vector.text).map(String),
          vector.values.map(({ value }) => String(value)),
        ),
    ];
  }
  for (const { types, text } of refused) {
    yield [`refused: ${types} ${text}`, () => refusal(() => parseKey(types, text))];
  }
  for (const { values, text } of scopes) {
    yield [`scope ${text}`, () => equal(scopeText(values.map(valueOf)), text)];
  }
  yield ["ordered", () => equal([...ordered].reverse().sort(compareUtf8), ordered)];
}

function* fingerprintVectors({ manifests }) {
  for (const { name, manifest, hashed, fingerprint } of manifests) {
    yield [`${name}: hashed`, () => equal(hex(hashedManifest(checkManifest(manifest))), hashed)];
    yield [`${name}: fingerprint`, () => equal(hex(fingerprintOf(manifest)), fingerprint)];
  }
}

function* rootVectors({ sets }) {
  for (const { name, ranges, ...expected } of sets) {
    yield [
      name,
      () => {
        const sum = new Sum();
        ranges.flatMap(digestsIn).forEach((digest) => sum.add(digest));
        return equal({ count: sum.count, root: hex(sum.root()), state: hex(sum.state()) }, expected);
      },
    ];
    yield [
      `${name}: removed again`,
      () => {
        const sum = new Sum();
        ranges.flatMap(digestsIn).forEach((digest) => sum.add(digest));
        ranges.flatMap(digestsIn).forEach((digest) => sum.remove(digest));
        return equal(hex(sum.root()), hex(new Sum().root()));
      },
    ];
  }
}

function* mappingVectors({ elements }) {
  for (const { element, check, indices } of elements) {
    yield [`check of ${element}`, () => equal(checkOf(BigInt(element)), check)];
    yield [`indices of ${element}`, () => equal(indicesOf(BigInt(element), 32_768), indices)];
  }
}

function peeled({ a, b, cells, window }) {
  const found = peel(subtract(sketchOf(a, cells, window), sketchOf(b, cells, window)));
  const texts = (elements) => elements.map((element) => element.toString(16).padStart(16, "0")).sort();
  return found ? { decodes: true, onlyA: texts(found.onlyA), onlyB: texts(found.onlyB) } : { decodes: false };
}

function* sketchVectors({ sketches, emptyCells, expectedCounts, refused, differences }) {
  for (const { n, cells, window, bytes } of sketches) {
    const name = `${n} elements, ${cells} cells, window ${window}`;
    yield [name, () => equal(hex(sketchOf([0, n], cells, window).encode(n)), bytes)];
    yield [`${name}: read`, () => equal(decodeSketch(unhex(bytes), n), sketchOf([0, n], cells, window))];
  }
  for (const [n, bytes] of emptyCells) {
    yield [`empty cells, n ${n}`, () => equal(hex(new Sketch(8).encode(BigInt(n))), bytes)];
  }
  for (const [n, i, count] of expectedCounts) {
    yield [`expected count of ${n} in cell ${i}`, () => equal(String(expectedCount(BigInt(n), i)), count)];
  }
  for (const { fault, bytes } of refused) {
    yield [`refused: ${fault}`, () => refusal(() => decodeSketch(unhex(bytes), 0))];
  }
  for (const { a, b, cells, window, ...expected } of differences) {
    yield [`[${a}] - [${b}], ${cells} cells, window ${window}`, () => equal(peeled({ a, b, cells, window }), expected)];
  }
}

function* messagesVectors({ messages, refused }) {
  for (const { message, name, json, cbor } of messages) {
    const fromCbor = () => readMessage(message, decodeCbor(unhex(cbor)));
    yield [`${message}, ${name}: CBOR`, () => equal(hex(writeMessage(fromCbor())), cbor)];
    yield [`${message}, ${name}: JSON`, () => equal(readMessage(message, fromJson(json), true), fromCbor())];
  }
  for (const { message, name, code, cbor } of refused) {
    yield [`refused: ${message}, ${name}`, () => refusal(() => readMessage(message, decodeCbor(unhex(cbor))), code)];
  }
}

const files = {
  encoding: encodingVectors,
  keys: keysVectors,
  fingerprint: fingerprintVectors,
  root: rootVectors,
  mapping: mappingVectors,
  sketch: sketchVectors,
  messages: messagesVectors,
};

function check(name, act) {
  try {
    const { ok, found, expected } = act();
    const show = (value) =>
      typeof value === "string"
        ? value
        : JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
    return { name, ok, detail: ok ? "" : `found ${show(found)}, expected ${show(expected)}` };
  } catch (error) {
    return { name, ok: false, detail: String(error.stack) };
  }
}

/** One result for every check of every vector. */
export function checkVectors() {
  return Object.entries(files).flatMap(([file, vectors]) => {
    const content = JSON.parse(readFileSync(new URL(`${file}.json`, folder), "utf8"));
    return [...vectors(content)].map(([name, act]) => check(`${file}: ${name}`, act));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const results = checkVectors();
  const failed = results.filter(({ ok }) => !ok);
  failed.forEach(({ name, detail }) => console.error(`${name}: ${detail}`));
  console.log(`${results.length - failed.length} of ${results.length} checks passed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
