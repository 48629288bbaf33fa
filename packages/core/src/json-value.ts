import { compareBytes } from "./bytes.js";
import type { CborWriter } from "./cbor-writer.js";
import { DigestSyncError } from "./errors.js";
import { limits } from "./limits.js";

const utf8 = new TextEncoder();

/**
 * Writes a JSON value: safe integers as integers, other numbers as float64, objects as maps. Members that are
 * undefined are left out, as JSON.stringify does; toJSON is not called.
 *
 * @throws DigestSyncError "unencodable" for whatever JSON cannot say, and for nesting beyond `limits.depth`
 */
export function writeJson(writer: CborWriter, value: unknown, depth: number = limits.depth): void {
  switch (typeof value) {
    case "string":
      writer.text(value);
      return;
    case "boolean":
      writer.bool(value);
      return;
    case "number":
      if (Number.isSafeInteger(value)) writer.int(value);
      else if (Number.isFinite(value)) writer.float64(value);
      else throw unencodable("JSON has no NaN and no infinity");
      return;
    case "object":
      if (value === null) {
        writer.null();
        return;
      }
      if (depth <= 0) throw unencodable(`a JSON value is nested deeper than ${limits.depth}`);
      if (Array.isArray(value)) {
        writer.arrayHeader(value.length);
        for (let i = 0; i < value.length; i++) writeJson(writer, value[i], depth - 1);
        return;
      }
      if (isPlainObject(value)) {
        writeObject(writer, value, depth);
        return;
      }
  }
  throw unencodable(`a JSON value holds a ${typeof value === "object" ? "class instance" : typeof value}`);
}

function writeObject(writer: CborWriter, object: Record<string, unknown>, depth: number): void {
  const names = Object.keys(object).filter((name) => object[name] !== undefined);
  writer.mapHeader(names.length);
  for (const name of sortMapKeys(names)) {
    writer.text(name);
    writeJson(writer, object[name], depth - 1);
  }
}

/**
 * Map keys in the order of DAG-CBOR: shorter first, then bytewise, both by UTF-8.
 *
 * @throws DigestSyncError "unencodable" when two keys are the same once unpaired surrogates are replaced
 * @example
 * sortMapKeys(["b", "aa", "a"]) // ["a", "b", "aa"]
 */
export function sortMapKeys(names: string[]): string[] {
  if (names.length < 2) return names;
  if (names.every(isAscii)) return names.sort(compareAscii);
  const encoded = names.map((name) => ({ name, bytes: utf8.encode(name) }));
  encoded.sort((a, b) => a.bytes.length - b.bytes.length || compareBytes(a.bytes, b.bytes));
  for (let i = 1; i < encoded.length; i++) {
    if (compareBytes(encoded[i - 1]!.bytes, encoded[i]!.bytes) === 0)
      throw unencodable("two keys of a JSON object are the same in UTF-8");
  }
  return encoded.map(({ name }) => name);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function compareAscii(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** A Date or Map would silently become `{}`. The prototype of a plain object of any realm has none itself. */
function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function unencodable(message: string): DigestSyncError {
  return new DigestSyncError("unencodable", message);
}
