import { fromHex, isBytes, toHex } from "./bytes.js";
import type { CborKind, CborReader } from "./cbor-reader.js";
import type { CborWriter } from "./cbor-writer.js";
import { DigestSyncError } from "./errors.js";
import { readJson, sortMapKeys, writeJson } from "./json-value.js";
import { limits } from "./limits.js";
import type { RowsByCollection } from "./protocol.js";

/**
 * How one property of a message is read and written, in CBOR and in JSON. Reading checks everything, straight from
 * the bytes, so that a hostile message builds no more than a good one.
 */
export interface Kind<T> {
  /** From CBOR. `path` names the property in errors. */
  read(reader: CborReader, path: string): T;
  write(writer: CborWriter, value: T): void;
  /** From what JSON.parse gave. */
  parse(json: unknown, path: string): T;
  /** Into what JSON.stringify takes. */
  print(value: T): unknown;
}

/** Text of 1 to `most` UTF-16 code units, or from 0 with `empty`. */
export function text(most: number, empty = false): Kind<string> {
  const check = (value: unknown, path: string): string => {
    if (typeof value !== "string" || value.length > most || (value === "" && !empty))
      throw invalid(path, `must be text of ${empty ? 0 : 1} to ${most} characters`);
    return value;
  };
  return {
    read: (reader, path) => check(next(reader, "text", path).text(), path),
    write: (writer, value) => writer.text(value),
    parse: check,
    print: (value) => value,
  };
}

/** An integer between two bounds, both included. */
export function integer<T extends number = number>(least: number, most: number): Kind<T> {
  const check = (value: unknown, path: string): T => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most)
      throw invalid(path, `must be an integer from ${least} to ${most}`);
    return (value === 0 ? 0 : value) as T;
  };
  return {
    read: (reader, path) => check(next(reader, "integer", path).integer(), path),
    write: (writer, value) => writer.int(value),
    parse: check,
    print: (value) => value,
  };
}

/** A byte string whose length the test accepts; lowercase hex in JSON. */
export function bytes(accepts: (length: number) => boolean, expected: string): Kind<Uint8Array> {
  const check = (value: Uint8Array, path: string): Uint8Array => {
    if (!accepts(value.length)) throw invalid(path, `must be ${expected}, got ${value.length} bytes`);
    return value;
  };
  return {
    read: (reader, path) => check(next(reader, "bytes", path).bytes(), path),
    write: (writer, value) => writer.bytes(value),
    parse: (json, path) => check(parseHex(json, path), path),
    print: toHex,
  };
}

/** Exactly this value: the name of a variant, or a flag that is true or absent. */
export function literal<T extends string | true>(expected: T): Kind<T> {
  const check = (value: unknown, path: string): T => {
    if (value !== expected) throw invalid(path, `must be ${JSON.stringify(expected)}`);
    return expected;
  };
  return {
    read: (reader, path) => {
      const kind = expected === true ? "boolean" : "text";
      next(reader, kind, path);
      return check(expected === true ? reader.bool() : reader.text(), path);
    },
    write: (writer, value) => (value === true ? writer.bool(true) : writer.text(value as string)),
    parse: check,
    print: (value) => value,
  };
}

/** A list of different names. */
export function names(most: number): Kind<readonly string[]> {
  const name = text(256);
  const check = (list: readonly string[], path: string): readonly string[] => {
    if (new Set(list).size !== list.length) throw invalid(path, "must not name anything twice");
    return list;
  };
  const checkCount = (count: number, path: string): void => {
    if (count > most) throw invalid(path, `must have at most ${most} items`);
  };
  return {
    read: (reader, path) => {
      const count = next(reader, "array", path).arrayHeader();
      checkCount(count, path);
      const list: string[] = [];
      for (let i = 0; i < count; i++) list.push(name.read(reader, `${path}[${i}]`));
      return check(list, path);
    },
    write: (writer, value) => {
      writer.arrayHeader(value.length);
      for (const item of value) writer.text(item);
    },
    parse: (json, path) => {
      if (!Array.isArray(json)) throw invalid(path, "must be an array");
      checkCount(json.length, path);
      return check(
        json.map((item, i) => name.parse(item, `${path}[${i}]`)),
        path,
      );
    },
    print: (value) => value,
  };
}

/** Any JSON value, for what a parser of its own checks. */
export const json: Kind<unknown> = {
  read: (reader) => readJson(reader),
  write: (writer, value) => writeJson(writer, value),
  parse: (value) => value,
  print: (value) => value,
};

/** Row encodings by collection: at most `limits.answerRows` of them. */
export const rows: Kind<RowsByCollection> = {
  read: (reader, path) => {
    const found: Record<string, Uint8Array[]> = Object.create(null);
    let budget: number = limits.answerRows;
    let previous = -1;
    for (let left = checkCollections(next(reader, "map", path).mapHeader(), path); left > 0; left--) {
      const at = reader.offset;
      const name = next(reader, "text", path).key(previous);
      previous = at;
      const place = `${path}.${name.slice(0, 64)}`;
      const count = next(reader, "array", place).arrayHeader();
      budget = spend(budget, count, path);
      const list: Uint8Array[] = [];
      for (let i = 0; i < count; i++) list.push(next(reader, "bytes", place).bytes());
      found[name] = list;
    }
    return found;
  },
  write: (writer, value) => {
    const collections = sortMapKeys(Object.keys(value));
    writer.mapHeader(collections.length);
    for (const name of collections) {
      const list = value[name]!;
      writer.text(name);
      writer.arrayHeader(list.length);
      for (const row of list) writer.bytes(row);
    }
  },
  parse: (source, path) => {
    const found: Record<string, Uint8Array[]> = Object.create(null);
    let budget: number = limits.answerRows;
    const entries = Object.entries(object(source, path));
    checkCollections(entries.length, path);
    for (const [name, list] of entries) {
      const place = `${path}.${name.slice(0, 64)}`;
      if (!Array.isArray(list)) throw invalid(place, "must be an array");
      budget = spend(budget, list.length, path);
      found[name] = list.map((row) => parseHex(row, place));
    }
    return found;
  },
  print: (value) => {
    const printed: Record<string, string[]> = Object.create(null);
    for (const name of Object.keys(value)) printed[name] = value[name]!.map(toHex);
    return printed;
  },
};

/** The reader, if its next item is of this type. */
export function next(reader: CborReader, kind: CborKind, path: string): CborReader {
  const found = reader.kind();
  if (found !== kind) throw invalid(path, `must be ${article(kind)}, not ${article(found)}`);
  return reader;
}

/** What JSON.parse gave, if it is an object. */
export function object(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isBytes(value))
    throw invalid(path, "must be an object");
  return value as Readonly<Record<string, unknown>>;
}

/** The error of a message that is not as PROTOCOL.md has it. */
export function invalid(path: string, why: string): DigestSyncError {
  return new DigestSyncError("invalid-message", `${path} ${why}`);
}

function parseHex(value: unknown, path: string): Uint8Array {
  if (typeof value === "string") {
    try {
      return fromHex(value);
    } catch {
      // Told below, with the property's name.
    }
  }
  throw invalid(path, "must be lowercase hexadecimal text");
}

function checkCollections(count: number, path: string): number {
  if (count > limits.collections) throw invalid(path, `must have at most ${limits.collections} collections`);
  return count;
}

function spend(budget: number, count: number, path: string): number {
  if (count > budget) throw invalid(path, `must have at most ${limits.answerRows} rows`);
  return budget - count;
}

function article(kind: CborKind): string {
  if (kind === "null" || kind === "bytes" || kind === "text") return kind;
  return `${kind === "integer" || kind === "array" ? "an" : "a"} ${kind}`;
}
