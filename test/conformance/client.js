// A client of the protocol, written from PROTOCOL.md alone: it holds everything in memory and speaks CBOR.

import {
  checkManifest,
  checkRow,
  compareUtf8,
  decodeCbor,
  decodeRow,
  digestOf,
  elementOf,
  encodeCbor,
  fingerprintOf,
  fromJson,
  Refusal,
  refuse,
  Sketch,
  Sum,
  toJson,
} from "./formats.js";

// Messages. A kind takes a property's CBOR value (or, for the JSON form, its JSON value in CBOR's terms) and returns
// the value checked.

const invalid = (detail) => refuse("invalid-message", detail);

function readBytes(value, json) {
  if (json && typeof value === "string" && /^([0-9a-f]{2})*$/.test(value)) {
    return Buffer.from(value, "hex");
  }
  return !json && Buffer.isBuffer(value) ? value : invalid("not a byte string");
}

const bytes =
  (fits = () => true) =>
  (value, json) => {
    const read = readBytes(value, json);
    return fits(read.length) ? read : invalid("a byte string of another length");
  };

const exactly = (length) => bytes((actual) => actual === length);

const integer =
  (low = 0, high = Number.MAX_SAFE_INTEGER) =>
  (value) =>
    typeof value === "bigint" && value >= low && value <= high
      ? Number(value)
      : invalid("not an integer in its limits");

const text =
  (longest = Infinity) =>
  (value) =>
    typeof value === "string" && value.length <= longest ? value : invalid("not text, or too long");

const only =
  (constant, code = "invalid-message") =>
  (value) =>
    value === fromJson(constant) ? constant : refuse(code, `not ${constant}`);

function names(value) {
  const unique = Array.isArray(value) && value.length <= 256 && new Set(value).size === value.length;
  return unique ? value.map((name) => text(256)(name)) : invalid("not a list of names");
}

const isMap = (value) => value instanceof Map || invalid("not a map");

/** Limits: the row encodings in one answer. */
function rowsOf(value, json) {
  isMap(value);
  const rows = new Map(
    [...value].map(([name, list]) => [
      text(256)(name),
      Array.isArray(list) ? list.map((row) => readBytes(row, json)) : invalid("not a list of rows"),
    ]),
  );
  const all = [...rows.values()].flat();
  const size = all.reduce((sum, row) => sum + row.length, 0);
  return all.length <= 5_000 && (size <= 2_097_152 || all.length === 1) ? rows : invalid("too many rows");
}

function readProperties(shape, value, json) {
  isMap(value);
  const message = {};
  for (const [property, kind] of Object.entries(shape)) {
    const name = property.replace("?", "");
    if (value.has(name)) {
      message[name] = kind(value.get(name), json);
    } else if (name === property) {
      invalid(`${name} is missing`);
    }
  }
  return message;
}

const position = (value, json) => readProperties({ collection: text(256), "key?": text() }, value, json);

const head = {
  protocol: only(1, "unsupported-protocol"),
  algorithm: text(64),
  manifest: exactly(8),
  "collections?": names,
};
const window = { "window?": integer(0, 3) };
const incomplete = { "incomplete?": integer() };
const changed = { manifest: exactly(8), "unknown?": names };
const set = { count: integer(), root: exactly(32) };
const base = { base: exactly(32) };

const requests = {
  VerifyRequest: { ...head, ...set, "sketch?": bytes(), ...window },
  PullRequest: { ...head, "after?": position },
};
const answers = {
  VerifyAnswer: {
    "in-sync": { ...base, ...incomplete },
    changes: {
      ...base,
      rows: rowsOf,
      stale: bytes((length) => length % 8 === 0),
      ...window,
      ...set,
      "more?": only(true),
      ...incomplete,
    },
    "longer-sketch": {
      ...base,
      cells: integer(1, 32_768),
      ...window,
      "count?": integer(),
      "counts?": bytes((length) => length > 0 && length % 2 === 0 && length <= 512),
    },
    bulk: { ...base, count: integer() },
    "manifest-changed": { ...base, ...changed },
  },
  PullAnswer: {
    page: { rows: rowsOf, "next?": position, count: integer() },
    "manifest-changed": changed,
  },
};

function readManifest(value, json) {
  isMap(value);
  const { fingerprint, ...manifest } = toJson(value);
  checkManifest(manifest);
  const stated = exactly(8)(fingerprint, json);
  return stated.equals(fingerprintOf(manifest)) ? { ...manifest, fingerprint: stated } : invalid("another fingerprint");
}

/** Reads a message of this kind from its CBOR value, or from its JSON value by way of `fromJson`. */
export function readMessage(message, value, json = false) {
  if (message === "Manifest") {
    return readManifest(value, json);
  } else if (message in requests) {
    return readProperties(requests[message], value, json);
  }
  const type = isMap(value) && value.get("type");
  const shape = Object.hasOwn(answers[message], type) ? answers[message][type] : invalid("an unknown type");
  return { type, ...readProperties(shape, value, json) };
}

export function writeMessage(message) {
  return encodeCbor(fromJson(message));
}

// HTTP

const attempts = 4;
const cbor = "application/cbor";

/** Anything in front of the app may answer in other formats. */
function problemOf(status, body) {
  try {
    const { code = "unknown", detail } = JSON.parse(body);
    return Object.assign(new Refusal(code, detail), { status });
  } catch {
    return Object.assign(new Refusal("unknown", `status ${status}`), { status });
  }
}

/** The milliseconds of a Retry-After. */
function retryAfter(value) {
  return /^\d+$/.test(value) ? 1_000 * Number(value) : Math.max(0, Date.parse(value) - Date.now()) || 0;
}

function pause(attempt, atLeast) {
  const time = Math.max(atLeast, 200 * 2 ** attempt) * (1 + Math.random() / 2);
  return new Promise((resolve) => {
    setTimeout(resolve, time);
  });
}

/** One request: the answer's body, or a fault, without a status if the network failed. */
async function exchange(url, request) {
  try {
    const response = await fetch(url, request);
    const { status, headers } = response;
    const body = Buffer.from(await response.arrayBuffer());
    if (status !== 200) {
      return { status, fault: problemOf(status, body), wait: retryAfter(headers.get("retry-after")) };
    }
    const type = headers.get("content-type")?.split(";")[0].trim().toLowerCase();
    return type === cbor ? { body } : { status, fault: new Refusal("unsupported-media-type", `${type}, not CBOR`) };
  } catch (fault) {
    return { fault, wait: 0 };
  }
}

// Pulling: positions

function compareKeys(a, b) {
  return a === undefined || b === undefined ? Number(b === undefined) - Number(a === undefined) : compareUtf8(a, b);
}

function comparePositions(a, b) {
  return compareUtf8(a.collection, b.collection) || compareKeys(a.key, b.key);
}

const sketchCells = 32;
const maxUnequal = 8;
const maxLonger = 8;

export class ForeignClient {
  #url;
  #headers;
  #wanted;
  #held = new Map();
  #sum = new Sum();
  #requests = 0;

  /** Without `manifest` it is fetched; without `collections` all collections of the first manifest are held. */
  constructor({ url, headers = {}, manifest, collections }) {
    this.#url = url.replace(/\/$/, "");
    this.#headers = headers;
    this.#wanted = collections;
    if (manifest) {
      this.#adopt(manifest);
    }
  }

  get root() {
    return this.#sum.root();
  }

  get count() {
    return this.#sum.count;
  }

  /** Map of collection name to map of key to row; also the rows of frozen collections. */
  get rows() {
    const rowsIn = (entries) => new Map([...entries].map(([key, { row }]) => [key, row]));
    return new Map([...this.#held].map(([name, entries]) => [name, rowsIn(entries)]));
  }

  /** Loses a row. */
  forget(collection, key) {
    return this.#drop(collection, key);
  }

  /** Replaces a row by another one of the same key, with its own digest. */
  damage(name, key) {
    const entry = this.#held.get(name)?.get(key);
    const collection = this.#collection(name);
    if (!entry || !collection) {
      return false;
    }
    const { map } = decodeRow(collection, entry.bytes);
    const field = collection.fields.find(
      ({ name: field, type, list }) => type === "String" && !list && map.has(field) && !collection.key.includes(field),
    );
    map.set(field?.name ?? "damaged", field ? `${map.get(field.name)} (damaged)` : !map.get("damaged"));
    checkRow(collection, map);
    this.#put(name, this.#readRow(collection, encodeCbor(map)));
    return true;
  }

  // The client's algorithm

  /** `sketch: false` makes the first request one of root and count alone. */
  async sync({ sketch = true } = {}) {
    this.#requests = 0;
    if (!this.manifest) {
      this.#adopt(await this.#fetchManifest());
    }
    let asked = { cells: sketch && this.count > 0 ? sketchCells : 0, window: 0 };
    for (let unequal = 0, longer = 0; unequal < maxUnequal && longer <= maxLonger; ) {
      const answer = await this.#verify(asked);
      if (answer.type === "longer-sketch") {
        asked = this.#longerSketch(asked, answer);
        longer += 1;
        continue;
      }
      if (await this.#act(answer)) {
        this.incomplete = answer.incomplete ?? 0;
        return { inSync: true, requests: this.#requests };
      }
      asked = { cells: sketchCells, window: 0 };
      longer = 0;
      unequal += answer.more ? 0 : 1;
    }
    return { inSync: false, requests: this.#requests };
  }

  /** 1. Request, 2. Check the base. */
  async #verify({ cells, window }) {
    const { count, root } = this;
    const sketch = cells > 0 ? this.#sketch(cells, window).encode(count) : undefined;
    const request = { ...this.#head(), count, root, sketch, window: sketch && window > 0 ? window : undefined };
    const answer = readMessage("VerifyAnswer", await this.#send("verify", request));
    return answer.base.equals(root) ? answer : invalid("an answer to another request");
  }

  #longerSketch(asked, { cells, window = 0 }) {
    const onwards = window > asked.window || (window === asked.window && cells > asked.cells);
    return onwards ? { cells, window } : invalid("neither a later window nor more cells");
  }

  /** 3. Act on the answer. Returns whether the sets are proven equal. */
  async #act(answer) {
    switch (answer.type) {
      case "in-sync":
        return this.root.equals(answer.base);
      case "changes":
        return this.#applyChanges(answer);
      case "bulk":
        return this.#pull();
      default:
        return this.#changeManifest();
    }
  }

  #applyChanges({ rows, stale, window = 0, root, more }) {
    const before = this.root;
    const received = this.#readRows(rows);
    const elements = new Set();
    for (let at = 0; at < stale.length; at += 8) {
      elements.add(stale.readBigUInt64BE(at));
    }
    for (const { name, key, digest } of this.#entries()) {
      if (elements.has(elementOf(digest, window))) {
        this.#drop(name, key);
      }
    }
    received.forEach(({ name, entry }) => this.#put(name, entry));
    if (more && this.root.equals(before)) {
      invalid("more to come, but nothing changed");
    }
    return !more && this.root.equals(root);
  }

  // Pulling

  async #pull() {
    let after;
    do {
      const page = readMessage("PullAnswer", await this.#send("pull", { ...this.#head(), after }));
      if (page.type === "manifest-changed") {
        return this.#changeManifest();
      }
      this.#applyPage(page, after);
      after = page.next;
    } while (after);
    return false;
  }

  #applyPage({ rows, next }, after) {
    const inRange = (at) => (!after || comparePositions(at, after) > 0) && (!next || comparePositions(at, next) <= 0);
    const received = this.#readRows(rows);
    const kept = new Map([...this.#active()].map((name) => [name, new Set()]));
    if (next && (!kept.has(next.collection) || (after && comparePositions(next, after) <= 0))) {
      invalid("a next position that is not after the last");
    }
    for (const {
      name,
      entry: { key },
    } of received) {
      kept.get(name).add(inRange({ collection: name, key }) ? key : invalid("a row outside the range"));
    }
    for (const { name, key } of this.#entries()) {
      if (inRange({ collection: name, key }) && !kept.get(name).has(key)) {
        this.#drop(name, key);
      }
    }
    received.forEach(({ name, entry }) => this.#put(name, entry));
  }

  // Manifest

  async #fetchManifest() {
    return readMessage("Manifest", await this.#send("manifest"));
  }

  async #changeManifest() {
    this.#adopt(await this.#fetchManifest());
    this.naming = true;
    return false;
  }

  #adopt(manifest) {
    const last = this.manifest;
    this.manifest = checkManifest(manifest);
    this.#wanted ??= manifest.collections.map(({ name }) => name);
    for (const name of this.#active()) {
      const key = this.#collection(name).key.join();
      if (this.#held.get(name)?.key !== key) {
        this.#held.set(name, Object.assign(new Map(), { key }));
      }
    }
    this.#hashAnew(last !== undefined && last.algorithm !== manifest.algorithm);
  }

  /** Sums up the active rows, after hashing the bytes of all rows anew if the algorithm changed. */
  #hashAnew(algorithmChanged) {
    for (const [name, entries] of algorithmChanged ? this.#held : []) {
      entries.forEach((entry) => {
        entry.digest = digestOf(this.manifest.algorithm, name, entry.bytes);
      });
    }
    this.#sum = new Sum();
    this.#entries().forEach(({ digest }) => this.#sum.add(digest));
  }

  #collection(name) {
    return this.manifest.collections.find((collection) => collection.name === name);
  }

  /** The collections the requests are about: those wanted, without the frozen ones. */
  #active() {
    return new Set(this.#wanted.filter((name) => this.#collection(name)));
  }

  #head() {
    const { algorithm, collections } = this.manifest;
    const active = [...this.#active()].sort(compareUtf8);
    const partial = this.naming || active.length < collections.length;
    const manifest = fingerprintOf(this.manifest);
    return { protocol: 1, algorithm, manifest, collections: partial ? active : undefined };
  }

  // The rows held, and the sum. Nothing here awaits: rows and sum change together.

  #readRow(collection, bytes) {
    const { key, row } = decodeRow(collection, bytes);
    return { key, row, bytes, digest: digestOf(this.manifest.algorithm, collection.name, bytes) };
  }

  /** Decodes and hashes all rows of an answer before any is put; refuses them all if one is wrong. */
  #readRows(rows) {
    const active = this.#active();
    return [...rows].flatMap(([name, encodings]) => {
      const collection = active.has(name) ? this.#collection(name) : invalid(`${name} was not asked for`);
      const entries = encodings.map((bytes) => this.#readRow(collection, Buffer.from(bytes)));
      const keys = new Set(entries.map(({ key }) => key));
      return keys.size === entries.length ? entries.map((entry) => ({ name, entry })) : invalid("a key twice");
    });
  }

  #entries() {
    return [...this.#active()].flatMap((name) =>
      [...this.#held.get(name).values()].map((entry) => ({ name, ...entry })),
    );
  }

  #sketch(cells, window) {
    return Sketch.of(
      this.#entries().map(({ digest }) => elementOf(digest, window)),
      cells,
    );
  }

  #drop(name, key) {
    const entry = this.#held.get(name)?.get(key);
    if (entry && this.#active().has(name)) {
      this.#held.get(name).delete(key);
      this.#sum.remove(entry.digest);
    }
    return entry !== undefined;
  }

  #put(name, entry) {
    this.#drop(name, entry.key);
    this.#held.get(name).set(entry.key, entry);
    this.#sum.add(entry.digest);
  }

  // HTTP

  /** Posts a message, or without one gets, and returns the answer's CBOR value. */
  async #send(path, message) {
    const request = {
      method: message ? "POST" : "GET",
      headers: { ...this.#headers, accept: cbor, ...(message && { "content-type": cbor }) },
      body: message && writeMessage(message),
    };
    for (let attempt = 1; ; attempt += 1) {
      this.#requests += 1;
      const { status, body, fault, wait } = await exchange(`${this.#url}/${path}`, request);
      if (!fault) {
        return decodeCbor(body);
      } else if ((status < 500 && status !== 429) || attempt === attempts) {
        throw fault;
      }
      await pause(attempt, wait);
    }
  }
}
