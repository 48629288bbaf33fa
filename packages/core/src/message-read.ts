import type { CborReader } from "./cbor-reader.js";
import { skipValue } from "./cbor-skip.js";
import { readValue } from "./cbor-value.js";
import { DigestSyncError } from "./errors.js";
import { readJson } from "./json-reader.js";
import { limits } from "./limits.js";
import type { AnyRecord, ScalarSchema, Schema, VariantsSchema } from "./message-schema.js";
import type { RowsByCollection } from "./protocol.js";

/**
 * Reads a message from CBOR and checks everything, straight from the bytes, so that a hostile message builds no more than
 * a good one. `path` names the message, and then the property, in errors.
 *
 * @throws DigestSyncError "malformed" and "invalid-message"
 */
export function readMessage(reader: CborReader, schema: Schema, path: string): unknown {
  switch (schema.kind) {
    case "json":
      return readJson(reader);
    case "rows":
      return readRows(reader, path);
    case "variants":
      return readMessage(reader, variantOf(schema, peek(reader, path, "type"), path), path);
    case "map":
      return readRecord(reader, schema, path);
    case "array": {
      expect(reader, "array", path);
      const items: unknown[] = [];
      for (let left = counted(reader.header("array"), schema.most, path); left > 0; left--)
        items.push(readMessage(reader, schema.of, `${path}[${items.length}]`));
      return schema.different ? different(items, path) : items;
    }
    default:
      expect(reader, schema.kind, path);
      return checked(schema, readValue(reader), path);
  }
}

/** The record of the variants that has this type. */
export function variantOf({ types }: VariantsSchema, type: unknown, path: string): AnyRecord {
  if (typeof type === "string" && Object.hasOwn(types, type)) return types[type]!;
  throw invalid(`${path}.type`, `must be one of ${Object.keys(types).join(", ")}`);
}

/** The value, if it is what the schema says. */
export function checked(schema: ScalarSchema, value: unknown, path: string): unknown {
  const { kind, is, least = 0, most = 0, step = 1 } = schema;
  if (is !== undefined) {
    if (value === is) return value;
    throw invalid(path, `must be ${is}`);
  }
  const size = kind === "integer" ? value : (value as string | Uint8Array).length;
  if (typeof size === "number" && Number.isSafeInteger(size) && size >= least && size <= most && size % step === 0)
    return value;
  throw invalid(path, `must be ${kind}, ${least} to ${most}${step > 1 ? ` in steps of ${step}` : ""}`);
}

/** The list, if no item is in it twice. */
export function different<Item>(items: Item[], path: string): Item[] {
  if (new Set(items).size < items.length) throw invalid(path, "must not name anything twice");
  return items;
}

/** The properties that were found, if all that are needed are among them. */
export function complete({ fields }: AnyRecord, found: Record<string, unknown>, path: string): unknown {
  for (const name of Object.keys(fields))
    if (!fields[name]!.optional && !Object.hasOwn(found, name)) throw invalid(`${path}.${name}`, "is missing");
  return found;
}

/** The number of items, if there are no more than that. */
export function counted(count: number, most: number, path: string): number {
  if (count > most) throw invalid(path, `must have at most ${most} items`);
  return count;
}

/** The error of a message that is not as PROTOCOL.md has it. */
export function invalid(path: string, why: string): DigestSyncError {
  return new DigestSyncError("invalid-message", `${path} ${why}`);
}

/**
 * The text or integer of this name in the map that comes next; the reader stays where it is. Shorter names come first in a
 * map, so what decides about the rest is found too late otherwise.
 */
export function peek(reader: CborReader, path: string, name: string): unknown {
  const start = reader.offset;
  let found: unknown;
  eachEntry(reader, path, (key) => {
    const kind = reader.kind();
    if (key === name && (kind === "text" || kind === "integer")) found = readValue(reader);
    else skipValue(reader);
    return found === undefined;
  });
  reader.offset = start;
  return found;
}

function readRecord(reader: CborReader, schema: AnyRecord, path: string): unknown {
  const { fields } = schema;
  const found: Record<string, unknown> = {};
  eachEntry(reader, path, (name) => {
    if (Object.hasOwn(fields, name)) found[name] = readMessage(reader, fields[name]!, `${path}.${name}`);
    else skipValue(reader);
    return true;
  });
  return complete(schema, found, path);
}

/** Calls `read` after each key of a map, until it returns false. */
function eachEntry(
  reader: CborReader,
  path: string,
  read: (name: string) => boolean,
  most: number = limits.properties,
): void {
  expect(reader, "map", path);
  let previous = -1;
  for (let left = counted(reader.header("map"), most, path); left > 0; left--) {
    const at = reader.offset;
    expect(reader, "text", path);
    const name = reader.key(previous);
    previous = at;
    if (!read(name)) return;
  }
}

function readRows(reader: CborReader, path: string): RowsByCollection {
  const found: Record<string, Uint8Array[]> = Object.create(null);
  let budget: number = limits.answerRows;
  const read = (name: string) => {
    const place = `${path}.${name.slice(0, 64)}`;
    expect(reader, "array", place);
    const count = counted(reader.header("array"), budget, path);
    budget -= count;
    const rows: Uint8Array[] = [];
    found[name] = rows;
    while (rows.length < count) {
      expect(reader, "bytes", place);
      rows.push(reader.scalar("bytes") as Uint8Array);
    }
    return true;
  };
  eachEntry(reader, path, read, limits.collections);
  return found;
}

function expect(reader: CborReader, kind: string, path: string): void {
  const found = reader.kind();
  if (found !== kind) throw invalid(path, `must be ${kind}, not ${found}`);
}
