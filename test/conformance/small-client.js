// A compact client of the Digest Sync protocol, written from PROTOCOL.md alone; comments cite its section titles.
// CBOR and SHA-256 only; everything is held in memory.
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const refuse = (reason) => {
  throw new Error(`refused: ${reason}`);
};
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();

// "Row encoding": canonical CBOR. Here an integer is a bigint, a float64 a number, a byte string a Buffer, a map a Map.
const SIMPLE = new Map([
  [0xf4, false],
  [0xf5, true],
  [0xf6, null],
]);
function head(major, argument) {
  if (argument < 24n) return Buffer.of((major << 5) | Number(argument));
  const power = [8n, 16n, 32n, 64n].findIndex((bits) => argument < 1n << bits);
  const digits = argument.toString(16).padStart(2 << power, "0");
  return Buffer.concat([Buffer.of((major << 5) | (24 + power)), Buffer.from(digits, "hex")]);
}
function encode(value) {
  if (typeof value === "bigint") return value < 0n ? head(1, -1n - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, BigInt(Buffer.byteLength(value))), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, BigInt(value.length)), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, BigInt(value.length)), ...value.map(encode)]);
  if (value instanceof Map) {
    const entries = [...value].map((entry) => entry.map(encode));
    entries.sort(([a], [b]) => Buffer.compare(a, b)); // the head holds the length: shorter keys come first
    return Buffer.concat([head(5, BigInt(value.size)), ...entries.flat()]);
  }
  for (const [byte, simple] of SIMPLE) if (value === simple) return Buffer.of(byte);
  const float64 = Buffer.alloc(9, 0xfb);
  float64.writeDoubleBE(Number.isNaN(value) ? Number.NaN : value + 0, 1); // one NaN; -0 + 0 is 0
  return float64;
}
function decode(bytes) {
  let at = 0;
  const take = (size) => (size <= bytes.length - at ? bytes.subarray(at, (at += size)) : refuse("truncated CBOR"));
  const item = (level) => {
    const [initial] = take(1);
    if (SIMPLE.has(initial)) return SIMPLE.get(initial);
    if (initial === 0xfb) return take(8).readDoubleBE();
    const [major, info] = [initial >> 5, initial & 31];
    if (major > 5 || info > 27 || (major > 3 && level > 130)) refuse("CBOR beyond the subset, or too many levels");
    const number = info < 24 ? BigInt(info) : BigInt(`0x${take(1 << (info - 24)).toString("hex")}`);
    if (major < 2) return major === 0 ? number : -1n - number;
    if (major < 4) return major === 2 ? take(Number(number)) : take(Number(number)).toString();
    const [list, map] = [[], new Map()];
    while (major === 4 && list.length < number) list.push(item(level + 1));
    while (major === 5 && map.size < number) {
      const property = item(level + 1);
      map.set(typeof property === "string" ? property : refuse("a map key that is not text"), item(level + 1));
    }
    return major === 4 ? list : map;
  };
  const value = item(1);
  // One value has one encoding: this finds long integers, unordered or double keys, bad UTF-8, bytes after the end, ...
  return encode(value).equals(bytes) ? value : refuse("CBOR that is not canonical");
}

// "Row encoding", the table of types: the value for the reader, or undefined for what the type does not produce.
const isInteger = (low, high) => (value) => typeof value === "bigint" && value >= low && value <= high;
const isSafe = isInteger(1n - 2n ** 53n, 2n ** 53n - 1n);
const isDate = isInteger(-864n * 10n ** 13n, 864n * 10n ** 13n);
const isText = (value) => typeof value === "string";
const when =
  (test, convert = (value) => value) =>
  (value) =>
    test(value) ? convert(value) : undefined;
function jsonOf(value, levels = 128) {
  if (typeof value === "bigint") return isSafe(value) ? Number(value) : undefined;
  if (typeof value === "number") return Number.isFinite(value) && !Number.isSafeInteger(value) ? value : undefined;
  if (value === null || typeof value !== "object") return value;
  if (Buffer.isBuffer(value) || levels === 0) return undefined;
  const inner = Array.from(value.values(), (each) => jsonOf(each, levels - 1));
  if (inner.includes(undefined)) return undefined;
  return Array.isArray(value) ? inner : Object.fromEntries(Array.from(value.keys(), (key, i) => [key, inner[i]]));
}
const TYPES = {
  String: when(isText),
  Enum: when(isText),
  Int: when(isSafe, Number),
  BigInt: when(isInteger(-(2n ** 63n), 2n ** 64n - 1n)),
  Float: when((value) => typeof value === "number"),
  Decimal: when((v) => isText(v) && /^(?!-0$)-?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(v) && v.match(/\d/g).length <= 147455),
  Boolean: when((value) => typeof value === "boolean"),
  DateTime: when(isDate, (value) => new Date(Number(value))),
  Json: (value) => jsonOf(value),
  Bytes: when(Buffer.isBuffer),
};
function fieldOf(field, value) {
  const values = field.list ? value : [value];
  const read = Array.isArray(values) ? values.map(TYPES[field.type]) : [undefined];
  const wrong = (each) => each === undefined || (field.single && !Object.is(Math.fround(each), each));
  return read.some(wrong) ? refuse(`a value of ${field.name} that is not of its type`) : field.list ? read : read[0];
}

// "Keys and scopes", "Digest": what is hashed are the bytes as they came.
function decodeRow(collection, bytes) {
  const values = decode(bytes);
  if (!(values instanceof Map) || [...values.values()].includes(null)) refuse("a row that is no map, or holds null");
  const row = {};
  for (const field of collection.fields) {
    const absent = !values.has(field.name) && !field.list && !collection.key.includes(field.name);
    row[field.name] = absent ? null : fieldOf(field, values.get(field.name));
  }
  const parts = collection.key.map((property) => String(row[property]));
  const escaped = parts.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"));
  const digest = sha256(Buffer.of(0x82), encode(collection.name), bytes);
  return { collection: collection.name, key: parts.length === 1 ? parts[0] : escaped.join("/"), row, bytes, digest };
}

// "Root": K(digest) is ChaCha20 keystream (RFC 8439, 2.3). A step is a += b; d ^= a; d <<<= bits.
const COLUMNS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
];
const QUARTERS = [...COLUMNS, [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]];
function quarterRound(words, [a, b, c, d]) {
  for (const [x, y, z, bits] of [
    [a, b, d, 16],
    [c, d, b, 12],
    [a, b, d, 8],
    [c, d, b, 7],
  ]) {
    words[x] += words[y];
    const mixed = words[z] ^ words[x];
    words[z] = (mixed << bits) | (mixed >>> (32 - bits));
  }
}
function keystream(digest) {
  const words = new Uint32Array(128);
  const input = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  for (let i = 0; i < 8; i += 1) input[4 + i] = digest.readUInt32LE(4 * i);
  for (; input[12] < 8; input[12] += 1) {
    const block = words.subarray(16 * input[12], 16 * input[12] + 16);
    block.set(input);
    for (let round = 0; round < 20; round += 2) for (const quarter of QUARTERS) quarterRound(block, quarter);
    for (let i = 0; i < 16; i += 1) block[i] += input[i];
  }
  return words;
}
class Sum {
  state = new Uint32Array(128);
  count = 0;
  add(digest, sign = 1) {
    const words = keystream(digest);
    for (let i = 0; i < 128; i += 1) this.state[i] += sign * words[i];
    this.count += sign;
  }
  root() {
    const bytes = Buffer.alloc(520);
    bytes.writeBigUInt64BE(BigInt(this.count));
    for (let i = 0; i < 128; i += 1) bytes.writeUInt32LE(this.state[i], 8 + 4 * i);
    return sha256(Buffer.from("digest-sync root 1\n"), bytes);
  }
}

// "Sketch"
function mix(value) {
  const first = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
const check = (high, low) => mix((mix(high ^ 0x9e3779b9) + low) >>> 0);
function* mapping(element, cells) {
  let r = element;
  for (let i = 0; i < cells; i += Math.max(1, Math.ceil((i + 1.5) * (2 ** 32 / Math.sqrt(Number(r) + 1) - 1)))) {
    yield i;
    r = BigInt.asUintN(64, r * 0xda942042e4dd58b5n);
  }
}
function varint(value) {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
function sketchOf(digests, cells, window) {
  const lanes = new Uint32Array(4 * cells);
  for (const digest of digests) {
    const [high, low] = [digest.readUInt32BE(8 * window), digest.readUInt32BE(8 * window + 4)];
    const added = [high, low, check(high, low), 1];
    for (const i of mapping(digest.readBigUInt64BE(8 * window), cells)) {
      for (let lane = 0; lane < 4; lane += 1) lanes[4 * i + lane] += added[lane];
    }
  }
  const bytes = [];
  for (let i = 0; i < cells; i += 1) {
    const [high, low, checks, count] = lanes.subarray(4 * i, 4 * i + 4);
    for (const word of [high, low, checks])
      bytes.push(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
    const d = (count - Math.floor((4 * digests.length + i + 2) / (2 * i + 4))) | 0; // exact for what memory holds
    bytes.push(...varint(d >= 0 ? 2 * d : -2 * d - 1));
  }
  return Buffer.from(bytes);
}

// "Messages", "Manifest", "Limits": properties and their tests; "?" marks those that may be absent.
const isBytes = (size) => (value) => Buffer.isBuffer(value) && value.length === size;
const isListOf = (test) => (value) => Array.isArray(value) && value.every(test);
const isName = (value) => isText(value) && value.length >= 1 && value.length <= 256;
const isIdentifier = (value) => isName(value) && /^[A-Za-z][A-Za-z0-9_]*$/.test(value);
const isCount = isInteger(0n, 2n ** 53n - 1n);
const isTrue = (value) => value === true;
function areRows(value) {
  if (!(value instanceof Map) || ![...value].every(([k, v]) => isName(k) && isListOf(Buffer.isBuffer)(v))) return false;
  const bytes = [...value.values()].flat();
  return bytes.length <= 1 || (bytes.length <= 5000 && Buffer.concat(bytes).length <= 2097152);
}
const PROPERTIES = {
  base: isBytes(32),
  root: isBytes(32),
  manifest: isBytes(8),
  fingerprint: isBytes(8),
  count: isCount,
  incomplete: isCount,
  window: isInteger(0n, 3n),
  cells: isInteger(1n, 32768n),
  more: isTrue,
  stale: (value) => Buffer.isBuffer(value) && value.length % 8 === 0,
  unknown: (value) => isListOf(isName)(value) && new Set(value).size === value.length,
  rows: areRows,
  next: (value) => has("collection", value) && (!value.has("key") || isText(value.get("key"))),
  collection: isName,
  version: (value) => value === 1n,
  algorithm: (value) => value === "sha256",
  collections: (value) => isListOf((each) => has("name fields key", each))(value) && value.length <= 256,
  name: isIdentifier,
  key: isListOf(isIdentifier),
  list: isTrue,
  single: isTrue,
  fields: isListOf((each) => has("name type list? single?", each)),
  type: (value) => isText(value) && Object.hasOwn(TYPES, value),
};
function has(names, value) {
  const holds = (each) => {
    const property = each.replace("?", "");
    return value.has(property) ? PROPERTIES[property](value.get(property)) : property !== each;
  };
  return value instanceof Map && names.split(" ").every(holds);
}
const ANSWERS = {
  verify: {
    "in-sync": "base incomplete?",
    changes: "base rows stale window? count root more? incomplete?",
    "longer-sketch": "base cells window?",
    bulk: "base count",
    "manifest-changed": "base manifest unknown?",
  },
  pull: { page: "rows next? count", "manifest-changed": "manifest unknown?" },
};

// "Manifest": the fingerprint is of what is picked here.
function readManifest(answer) {
  if (!has("version algorithm collections fingerprint", answer)) refuse("a malformed manifest, or one not of SHA-256");
  const pick = (from, names) => new Map([...from].filter(([property]) => names.split(" ").includes(property)));
  const collections = answer.get("collections").map((collection) => {
    const fields = collection.get("fields").map((field) => pick(field, "name type list single"));
    fields.sort((a, b) => (a.get("name") < b.get("name") ? -1 : 1));
    const where = collection.get("where")?.size > 0 ? " where" : "";
    return pick(collection, `name key scope${where}`).set("fields", fields);
  });
  const hashed = pick(answer, "version algorithm").set("collections", collections);
  const fingerprint = sha256(encode(hashed)).subarray(0, 8);
  if (!fingerprint.equals(answer.get("fingerprint"))) refuse("a manifest with another fingerprint");
  const plain = collections.map((collection) => jsonOf(pick(collection, "name key fields")));
  return { fingerprint, collections: new Map(plain.map((collection) => [collection.name, collection])) };
}

// "Pulling": positions are ordered by collection name, then key; one without key comes first.
const byUtf8 = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const byPosition = (a, b) =>
  byUtf8(a.get("collection"), b.get("collection")) ||
  a.has("key") - b.has("key") ||
  byUtf8(a.get("key") ?? "", b.get("key") ?? "");

const identity = ({ collection, key }) => `${collection} ${key}`;

// "The client's algorithm"
const NO_SKETCH = { cells: 0, window: 0 };
const WITH_SKETCH = { cells: 32, window: 0 };
const LIMITS = { rounds: 8, longer: 8, requests: 100_000, received: 2 ** 33 };

function longerSketch(answer, asked) {
  const ask = { cells: Number(answer.cells), window: Number(answer.window ?? 0) };
  const isMore = ask.window > asked.window || (ask.window === asked.window && ask.cells > asked.cells);
  return isMore ? ask : refuse("a longer sketch that is not longer");
}

export class SmallClient {
  rows = new Map(); // collection name -> key text -> row object
  #held = new WeakMap(); // row object -> { bytes, digest }
  #sum = new Sum(); // of the rows of the active collections
  #active = new Map(); // the collections in the sum and in requests
  #known = new Map(); // all synced collections as last seen; those that are not active are frozen
  #fingerprint;
  #named = false;
  #requests = 0;
  #received = 0;

  constructor({ url, headers = {} }) {
    this.url = url;
    this.headers = headers;
  }

  async sync({ sketch = true } = {}) {
    [this.#requests, this.#received] = [0, 0];
    // Once requests name collections, no answer tells of changed fields or of collections that returned.
    if (!this.#fingerprint || this.#named) await this.#fetchManifest();
    let ask = sketch && this.#sum.count > 0 ? WITH_SKETCH : NO_SKETCH;
    let [rounds, longer] = [0, 0];
    while (rounds < LIMITS.rounds && longer <= LIMITS.longer) {
      const sent = this.#sum.root();
      const answer = await this.#verify(sent, ask);
      if (answer.type === "longer-sketch") {
        ask = longerSketch(answer, ask);
        longer += 1;
        continue;
      }
      const resolved = answer.type === "changes" ? this.#applyChanges(answer) : 0;
      if (answer.type === "bulk") await this.#pull();
      if (answer.type === "manifest-changed") await this.#fetchManifest();
      const proven = answer.type === "in-sync" ? sent : answer.more ? undefined : answer.root;
      if (proven?.equals(this.#sum.root())) return { inSync: true, requests: this.#requests };
      if (answer.more && sent.equals(this.#sum.root())) refuse("more changes, but none came");
      ask = answer.more ? { ...ask, cells: Math.max(32, Math.ceil(ask.cells - 1.36 * resolved)) } : WITH_SKETCH;
      [rounds, longer] = [answer.more ? rounds : rounds + 1, 0];
    }
    return { inSync: false, requests: this.#requests };
  }

  forget(collection, key) {
    this.#drop({ collection, key });
  }

  damage(collection, key) {
    const known = this.#known.get(collection);
    const values = decode(this.#held.get(this.rows.get(collection).get(key)).bytes);
    const mayGo = (field) => !field.list && !known.key.includes(field.name) && values.has(field.name);
    const spare = known.fields.find(mayGo);
    if (spare) values.delete(spare.name);
    else values.set("damaged", (values.get("damaged") ?? 0n) + 1n); // a field the manifest does not know
    this.#put(decodeRow(known, encode(values)));
  }

  async #verify(sent, { cells, window }) {
    const digests = Array.from(this.#heldRows(), ({ digest }) => digest);
    const sketch = cells > 0 ? { sketch: sketchOf(digests, cells, window), window: BigInt(window) } : {};
    const answer = await this.#post("verify", { count: BigInt(this.#sum.count), root: sent, ...sketch });
    return answer.base.equals(sent) ? answer : refuse("an answer with another base");
  }

  #applyChanges({ rows, stale, window = 0n }) {
    const records = this.#decodeRows(rows);
    const from = 8 * Number(window);
    const elements = new Set(stale.toString("hex").match(/.{16}/g));
    const isStale = ({ digest }) => elements.has(digest.toString("hex", from, from + 8));
    this.#apply([...this.#heldRows()].filter(isStale), records);
    return elements.size + records.length;
  }

  async #pull() {
    let answer = {};
    do {
      const after = answer.next;
      answer = await this.#post("pull", { after });
      if (answer.type === "page") this.#applyPage(answer, after);
      else await this.#fetchManifest();
    } while (answer.next);
  }

  #applyPage({ rows, next }, after) {
    const isAfter = (to) => !after || byPosition(after, to) < 0;
    if (next && !(isAfter(next) && this.#active.has(next.get("collection")))) refuse("a next that leads nowhere");
    const inRange = ({ collection, key }) => {
      const position = new Map(Object.entries({ collection, key }));
      return isAfter(position) && (!next || byPosition(position, next) <= 0);
    };
    const records = this.#decodeRows(rows);
    if (!records.every(inRange)) refuse("a row outside the range of its page");
    const received = new Set(records.map(identity));
    this.#apply(
      [...this.#heldRows()].filter((held) => inRange(held) && !received.has(identity(held))),
      records,
    );
  }

  #decodeRows(rows) {
    const collectionOf = (each) => this.#active.get(each) ?? refuse("a row of a collection that was not asked for");
    const records = [...rows].flatMap(([each, list]) => list.map((bytes) => decodeRow(collectionOf(each), bytes)));
    return new Set(records.map(identity)).size === records.length ? records : refuse("a key twice in one answer");
  }

  // The one transaction: everything was computed before, and nothing in here can fail.
  #apply(drops, puts) {
    for (const each of drops) this.#drop(each);
    for (const each of puts) this.#put(each);
  }

  #drop({ collection, key }) {
    const row = this.rows.get(collection)?.get(key);
    if (!row) return;
    this.rows.get(collection).delete(key);
    if (this.#active.has(collection)) this.#sum.add(this.#held.get(row).digest, -1);
  }

  #put({ collection, key, row, bytes, digest }) {
    this.#drop({ collection, key });
    this.rows.get(collection).set(key, row);
    this.#held.set(row, { bytes, digest });
    if (this.#active.has(collection)) this.#sum.add(digest);
  }

  *#heldRows() {
    for (const collection of this.#active.keys()) {
      for (const [key, row] of this.rows.get(collection)) yield { collection, key, ...this.#held.get(row) };
    }
  }

  // "manifest-changed": freezes what the server lacks, drops rows of other keys. New collections are not taken up.
  async #fetchManifest() {
    const { fingerprint, collections } = readManifest(await this.#exchange("GET", "manifest"));
    this.#named = this.#fingerprint !== undefined;
    if (this.#fingerprint?.equals(fingerprint)) return;
    this.#fingerprint = fingerprint;
    this.#active = new Map([...collections].filter(([each]) => !this.#named || this.#known.has(each)));
    this.#sum = new Sum();
    for (const [each, collection] of this.#active) {
      const held = this.#known.get(each)?.key.join() === collection.key.join() ? [...this.rows.get(each)] : [];
      this.rows.set(each, new Map());
      this.#known.set(each, collection);
      for (const [key, row] of held) this.#put({ collection: each, key, ...this.#readAgain(collection, row) });
    }
  }

  #readAgain(collection, row) {
    try {
      return decodeRow(collection, this.#held.get(row).bytes);
    } catch {
      return { row, ...this.#held.get(row) }; // not of the new types: stays as it was until the server replaces it
    }
  }

  async #post(path, properties) {
    const collections = this.#named ? [...this.#active.keys()] : undefined;
    const request = { protocol: 1n, algorithm: "sha256", manifest: this.#fingerprint, collections, ...properties };
    const present = Object.entries(request).filter(([, value]) => value !== undefined);
    const answer = await this.#exchange("POST", path, encode(new Map(present)));
    const type = answer instanceof Map && isText(answer.get("type")) ? answer.get("type") : "";
    const names = Object.hasOwn(ANSWERS[path], type) ? ANSWERS[path][type] : refuse(`an answer of type "${type}"`);
    if (!has(names, answer)) refuse(`a malformed answer of type "${type}"`);
    const known = ["type", ...names.replaceAll("?", "").split(" ")]; // others are ignored, whatever they hold
    return Object.fromEntries(known.map((property) => [property, answer.get(property)]));
  }

  // "HTTP": after network errors, 429 and 5xx, repeat a few times.
  async #exchange(method, path, body, attempt = 1) {
    this.#requests += 1;
    if (this.#requests > LIMITS.requests || this.#received > LIMITS.received) refuse("a sync without end");
    const headers = { ...this.headers, accept: "application/cbor", "content-type": "application/cbor" };
    const failed = (error) => new Response(String(error.cause ?? error), { status: 503 });
    const response = await fetch(`${this.url}/${path}`, { method, headers, body }).catch(failed);
    const bytes = Buffer.from(await response.arrayBuffer());
    this.#received += bytes.length;
    if (response.status === 200) return decode(bytes);
    const seconds = Number(response.headers.get("retry-after"));
    const mayRepeat = (response.status === 429 || response.status >= 500) && attempt < 4 && seconds <= 60;
    if (!mayRepeat) throw new Error(`${method} ${path}: ${response.status} ${bytes}`);
    await pause(1000 * seconds + 2 ** attempt * (50 + 100 * Math.random()));
    return this.#exchange(method, path, body, attempt + 1);
  }
}
