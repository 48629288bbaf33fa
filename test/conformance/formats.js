// The formats of PROTOCOL.md, written from that page alone. Each part cites the section it follows.

import { createCipheriv, createHash } from "node:crypto";

/** What must be refused. `code` is a code of the section "HTTP", or `invalid-manifest`. */
export class Refusal extends Error {
  constructor(code, detail) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

export function refuse(code, detail) {
  throw new Refusal(code, detail);
}

export function compareUtf8(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

// Row encoding: the DAG-CBOR under it. An integer is a bigint here, a float64 a number, a map a Map.

const maxLevels = 256;

function encodeHead(major, value) {
  const size = value < 24n ? 0 : value < 1n << 8n ? 1 : value < 1n << 16n ? 2 : value < 1n << 32n ? 4 : 8;
  const head = Buffer.alloc(1 + size);
  head[0] = (major << 5) | (size === 0 ? Number(value) : 24 + Math.log2(size));
  if (size > 0) {
    head.set(Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex"), 1);
  }
  return head;
}

function encodeFloat(value) {
  const bytes = Buffer.from("fb7ff8000000000000", "hex");
  if (!Number.isNaN(value)) {
    bytes.writeDoubleBE(value === 0 ? 0 : value, 1);
  }
  return bytes;
}

function encodeMap(map) {
  const entries = [...map].map(([key, value]) => [Buffer.from(key), value]);
  entries.sort(([a], [b]) => a.length - b.length || Buffer.compare(a, b));
  if (entries.some(([key], index) => index > 0 && key.equals(entries[index - 1][0]))) {
    refuse("malformed", "a key twice");
  }
  const parts = entries.flatMap(([key, value]) => [encodeHead(3, BigInt(key.length)), key, encodeCbor(value)]);
  return Buffer.concat([encodeHead(5, BigInt(entries.length)), ...parts]);
}

export function encodeCbor(value) {
  if (typeof value === "bigint") {
    return value >= 0n ? encodeHead(0, value) : encodeHead(1, -1n - value);
  } else if (typeof value === "number") {
    return encodeFloat(value);
  } else if (Buffer.isBuffer(value)) {
    return Buffer.concat([encodeHead(2, BigInt(value.length)), value]);
  } else if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([encodeHead(3, BigInt(text.length)), text]);
  } else if (Array.isArray(value)) {
    return Buffer.concat([encodeHead(4, BigInt(value.length)), ...value.map(encodeCbor)]);
  } else if (value instanceof Map) {
    return encodeMap(value);
  }
  return Buffer.from([value === null ? 0xf6 : value ? 0xf5 : 0xf4]);
}

/** Decodes well-formed items of the permitted kinds; what is not canonical is found by encoding them again. */
export function decodeCbor(bytes) {
  let at = 0;

  function take(length) {
    if (length > bytes.length - at) {
      refuse("malformed", "truncated");
    }
    at += length;
    return bytes.subarray(at - length, at);
  }

  function argument(info) {
    if (info > 27) {
      refuse("malformed", "an indefinite length");
    }
    return info < 24 ? BigInt(info) : BigInt(`0x${take(2 ** (info - 24)).toString("hex")}`);
  }

  function list(length, read) {
    if (length > bytes.length - at) {
      refuse("malformed", "truncated");
    }
    return Array.from({ length }, read);
  }

  function textKey(level) {
    const key = item(level);
    return typeof key === "string" ? key : refuse("malformed", "a map key that is not text");
  }

  function item(level) {
    if (level > maxLevels) {
      refuse("malformed", "too many levels");
    }
    const first = take(1)[0];
    const major = first >> 5;
    if (major === 7) {
      const simple = { 244: () => false, 245: () => true, 246: () => null, 251: () => take(8).readDoubleBE() };
      return (simple[first] ?? refuse)("malformed", "an unknown item");
    }
    const value = argument(first & 31);
    switch (major) {
      case 0:
        return value;
      case 1:
        return -1n - value;
      case 2:
        return take(Number(value));
      case 3:
        return take(Number(value)).toString();
      case 4:
        return list(Number(value), () => item(level + 1));
      case 5:
        return new Map(list(Number(value), () => [textKey(level + 1), item(level + 1)]));
      default:
        return refuse("malformed", "a tag");
    }
  }

  const value = item(0);
  if (at !== bytes.length || !encodeCbor(value).equals(bytes)) {
    refuse("malformed", "not canonical, or bytes after the end");
  }
  return value;
}

/** A `Json` value as CBOR. For messages, byte strings pass through and properties that are undefined are absent. */
export function fromJson(value) {
  if (typeof value === "number") {
    return Number.isFinite(value)
      ? Number.isSafeInteger(value)
        ? BigInt(value)
        : value
      : refuse("malformed", "a number that is not finite");
  } else if (Array.isArray(value)) {
    return value.map(fromJson);
  } else if (value === null || typeof value !== "object" || Buffer.isBuffer(value)) {
    return value;
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return new Map(entries.filter(([, inner]) => inner !== undefined).map(([key, inner]) => [key, fromJson(inner)]));
}

export function toJson(value) {
  if (typeof value === "bigint") {
    return Number(value);
  } else if (Array.isArray(value)) {
    return value.map(toJson);
  }
  return value instanceof Map ? Object.fromEntries([...value].map(([key, inner]) => [key, toJson(inner)])) : value;
}

// Row encoding: the table of types.

const maxInt = BigInt(Number.MAX_SAFE_INTEGER);
const isInteger = (low, high) => (value) => typeof value === "bigint" && value >= low && value <= high;
const isText = (value) => typeof value === "string";

function isDecimal(value) {
  return (
    isText(value) &&
    /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(value) &&
    value !== "-0" &&
    value.replace(/\D/g, "").length <= 147_455
  );
}

function isJson(value, levels = 128) {
  if (Array.isArray(value) || value instanceof Map) {
    return levels > 0 && [...value.values()].every((inner) => isJson(inner, levels - 1));
  } else if (typeof value === "number") {
    return Number.isFinite(value) && !Number.isSafeInteger(value);
  }
  return value === null || typeof value === "boolean" || isText(value) || isInteger(-maxInt, maxInt)(value);
}

const types = {
  String: { accepts: isText },
  Enum: { accepts: isText },
  Int: { accepts: isInteger(-maxInt, maxInt), decode: Number },
  BigInt: { accepts: isInteger(-(2n ** 63n), 2n ** 64n - 1n) },
  Float: {
    accepts: (value, { single }) => typeof value === "number" && (!single || Object.is(Math.fround(value), value)),
  },
  Decimal: { accepts: isDecimal },
  Boolean: { accepts: (value) => typeof value === "boolean" },
  DateTime: {
    accepts: isInteger(-8_640_000_000_000_000n, 8_640_000_000_000_000n),
    decode: (value) => new Date(Number(value)),
  },
  Json: { accepts: (value) => isJson(value), decode: toJson },
  Bytes: { accepts: Buffer.isBuffer },
};

export function isOfType(field, value) {
  const acceptsOne = (one) => types[field.type].accepts(one, field);
  return field.list ? Array.isArray(value) && value.every(acceptsOne) : value !== null && acceptsOne(value);
}

/** Whether any field at all is encoded like this: for the fields a decoder does not know. */
function acceptsUnknown(value) {
  return Object.keys(types).some((type) => isOfType({ type }, value) || isOfType({ type, list: true }, value));
}

function decodeField(field, value) {
  const decode = types[field.type].decode ?? ((one) => one);
  return value === undefined ? null : field.list ? value.map((one) => decode(one)) : decode(value);
}

/** Refuses a map that is no row of the collection: for a decoder, and for an encoder before it is done. */
export function checkRow(collection, map) {
  const fields = new Map(collection.fields.map((field) => [field.name, field]));
  if (!(map instanceof Map)) {
    refuse("invalid-row", "not a map");
  }
  for (const [name, value] of map) {
    if (!(fields.has(name) ? isOfType(fields.get(name), value) : acceptsUnknown(value))) {
      refuse("invalid-row", `the value of ${name}`);
    }
  }
  for (const { name, list } of fields.values()) {
    if ((list || collection.key.includes(name)) && !map.has(name)) {
      refuse("invalid-row", `${name} is missing`);
    }
  }
}

/** The row's key text, the row by field name (null if absent; unknown fields too), and the CBOR map. */
export function decodeRow(collection, bytes) {
  const map = decodeCbor(bytes);
  checkRow(collection, map);
  const unknown = [...map].map(([name, value]) => [name, toJson(value)]);
  const known = collection.fields.map((field) => [field.name, decodeField(field, map.get(field.name))]);
  const key = keyText(collection.key.map((name) => map.get(name)));
  return { key, row: Object.fromEntries([...unknown, ...known]), map };
}

// Digest

const algorithms = ["sha256", "sha1", "md5"];

export function digestOf(algorithm, name, encoding) {
  if (!algorithms.includes(algorithm)) {
    refuse("unknown-algorithm", algorithm);
  }
  const hash = createHash(algorithm)
    .update(Buffer.from([0x82]))
    .update(encodeCbor(name))
    .update(encoding)
    .digest();
  return Buffer.concat([hash], 32);
}

export function elementOf(digest, window) {
  return digest.readBigUInt64BE(8 * window);
}

// Keys and scopes

export const escapePart = (text) => text.replaceAll("~", "~0").replaceAll("/", "~1");

export function keyText(values) {
  return values.length === 1 ? String(values[0]) : values.map((value) => escapePart(String(value))).join("/");
}

// Manifest

/** The bytes whose hash is the fingerprint. */
export function hashedManifest({ version, algorithm, collections }) {
  const reduced = collections.map(({ name, fields, key, scope, where }) => ({
    name,
    fields: fields
      .map(({ name, type, list, single }) => ({ name, type, list, single }))
      .sort((a, b) => compareUtf8(a.name, b.name)),
    key,
    scope,
    where: Object.keys(where ?? {}).length > 0 ? where : undefined,
  }));
  return encodeCbor(fromJson({ version, algorithm, collections: reduced }));
}

export function fingerprintOf(manifest) {
  return createHash("sha256").update(hashedManifest(manifest)).digest().subarray(0, 8);
}

const isName = (name) => isText(name) && name.length <= 256 && /^[A-Za-z][A-Za-z0-9_]*$/.test(name);
const isFlag = (value) => value === undefined || value === true;
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isUnique = (names) => new Set(names).size === names.length;

function isField({ name, type, list, optional, single }) {
  return (
    isName(name) &&
    Object.hasOwn(types, type) &&
    [list, optional, single].every(isFlag) &&
    (!single || type === "Float")
  );
}

function isKey(key, fields) {
  const keyTypes = ["String", "Enum", "Int", "BigInt"];
  return (
    isTexts(key) &&
    key.length > 0 &&
    isUnique(key) &&
    key.every((name) => fields.some((field) => field.name === name && keyTypes.includes(field.type) && !field.list))
  );
}

function isCollection({ name, fields, key, scope, where }) {
  return (
    isName(name) &&
    Array.isArray(fields) &&
    fields.every((field) => field && isField(field)) &&
    isUnique(fields.map((field) => field.name)) &&
    isKey(key, fields) &&
    isTexts(scope) &&
    (where === undefined || (where !== null && typeof where === "object" && !Array.isArray(where)))
  );
}

function isSorted(collections) {
  return collections.every(({ name }, index) => index === 0 || compareUtf8(collections[index - 1].name, name) < 0);
}

export function checkManifest(manifest) {
  const { version, algorithm, collections } = manifest;
  const valid =
    version === 1 &&
    isText(algorithm) &&
    algorithm.length >= 1 &&
    algorithm.length <= 64 &&
    Array.isArray(collections) &&
    collections.length <= 256 &&
    collections.every((collection) => collection && isCollection(collection)) &&
    isSorted(collections);
  return valid ? manifest : refuse("invalid-manifest", "not a manifest of version 1");
}

// Root

const noNonce = Buffer.alloc(16);
const noText = Buffer.alloc(512);

/** K(digest). */
function lanesOf(digest) {
  const keystream = createCipheriv("chacha20", digest, noNonce).update(noText);
  return Array.from({ length: 128 }, (_, lane) => keystream.readUInt32LE(4 * lane));
}

/** State and count of a set of digests. */
export class Sum {
  lanes = new Uint32Array(128);
  count = 0;

  add(digest) {
    lanesOf(digest).forEach((word, lane) => {
      this.lanes[lane] += word;
    });
    this.count += 1;
  }

  remove(digest) {
    lanesOf(digest).forEach((word, lane) => {
      this.lanes[lane] -= word;
    });
    this.count -= 1;
  }

  state() {
    const bytes = Buffer.alloc(512);
    this.lanes.forEach((word, lane) => bytes.writeUInt32LE(word, 4 * lane));
    return bytes;
  }

  root() {
    const count = Buffer.alloc(8);
    count.writeBigUInt64BE(BigInt(this.count));
    return createHash("sha256").update("digest-sync root 1\n").update(count).update(this.state()).digest();
  }
}

// Sketch: Mapping, Check

export function indicesOf(element, cells) {
  const indices = [];
  for (let i = 0, r = element; i < cells; ) {
    indices.push(i);
    r = BigInt.asUintN(64, r * 0xda942042e4dd58b5n);
    i += Math.max(1, Math.ceil((i + 1.5) * (2 ** 32 / Math.sqrt(Number(r) + 1) - 1)));
  }
  return indices;
}

function mix(h) {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const upperHalf = (element) => Number(element >> 32n);
const lowerHalf = (element) => Number(element & 0xffffffffn);

export function checkOf(element) {
  return mix((mix((upperHalf(element) ^ 0x9e3779b9) >>> 0) + lowerHalf(element)) >>> 0);
}

// Sketch: Bytes

/** floor((4n + i + 2) / (2i + 4)). */
export function expectedCount(n, i) {
  return (4n * BigInt(n) + BigInt(i) + 2n) / (2n * BigInt(i) + 4n);
}

function varint(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) {
    bytes.push((value % 0x80) | 0x80);
  }
  return Buffer.from([...bytes, value]);
}

/** Cells of the lanes high, low, check and count; each lane adds mod 2^32. */
export class Sketch {
  constructor(cells) {
    this.cells = cells;
    this.lanes = new Uint32Array(4 * cells);
  }

  static of(elements, cells) {
    const sketch = new Sketch(cells);
    for (const element of elements) {
      sketch.apply(element, 1);
    }
    return sketch;
  }

  apply(element, sign, indices = indicesOf(element, this.cells)) {
    const values = [upperHalf(element), lowerHalf(element), checkOf(element), 1];
    for (const i of indices) {
      values.forEach((value, lane) => {
        this.lanes[4 * i + lane] += sign * value;
      });
    }
  }

  /** The bytes of the sketch of n elements. */
  encode(n) {
    const parts = [];
    for (let i = 0; i < this.cells; i += 1) {
      const [high, low, check, count] = this.lanes.subarray(4 * i, 4 * i + 4);
      const fixed = Buffer.alloc(12);
      [high, low, check].forEach((value, lane) => fixed.writeUInt32BE(value, 4 * lane));
      const d = Number(BigInt.asIntN(32, BigInt(count) - expectedCount(n, i)));
      parts.push(fixed, varint(d >= 0 ? 2 * d : -2 * d - 1));
    }
    return Buffer.concat(parts);
  }
}
