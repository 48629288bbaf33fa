import { isBytes } from "./bytes.js";
import { fromHex, toHex } from "./hex.js";
import { limits } from "./limits.js";
import { checked, complete, counted, different, invalid, variantOf } from "./message-read.js";
import type { AnyRecord, Schema } from "./message-schema.js";
import type { RowsByCollection } from "./protocol.js";

/** A message out of what JSON.parse gave, checked as `readMessage` does; byte strings are lowercase hexadecimal text. */
export function parseMessage(json: unknown, schema: Schema, path: string): unknown {
  switch (schema.kind) {
    case "json":
      return json;
    case "rows":
      return parseRows(json, path);
    case "variants":
      return parseMessage(json, variantOf(schema, object(json, path).type, path), path);
    case "map": {
      const source = object(json, path);
      const found: Record<string, unknown> = {};
      for (const name of Object.keys(schema.fields)) {
        if (Object.hasOwn(source, name))
          found[name] = parseMessage(source[name], schema.fields[name]!, `${path}.${name}`);
      }
      return complete(schema, found, path);
    }
    case "array": {
      const items = array(json, path);
      counted(items.length, schema.most, path);
      const parsed = items.map((item, i) => parseMessage(item, schema.of, `${path}[${i}]`));
      return schema.different ? different(parsed, path) : parsed;
    }
    case "bytes":
      return checked(schema, parseHex(json, path), path);
    case "integer":
      // -0 is 0.
      return checked(schema, json === 0 ? 0 : json, path);
    default: {
      const type = schema.kind === "text" ? "string" : "boolean";
      if (typeof json !== type) throw invalid(path, `must be ${schema.kind}`);
      return checked(schema, json, path);
    }
  }
}

/** What JSON.stringify takes: the properties that the schema has, in the order of DAG-CBOR. */
export function printMessage(value: unknown, schema: Schema): unknown {
  switch (schema.kind) {
    case "bytes":
      return toHex(value as Uint8Array);
    case "rows": {
      const printed: Record<string, string[]> = Object.create(null);
      const rows = value as RowsByCollection;
      for (const name of Object.keys(rows)) printed[name] = rows[name]!.map(toHex);
      return printed;
    }
    default:
      return knownOnly(value, schema, printMessage);
  }
}

/** The message with nothing but the properties that the schema has, in the order of DAG-CBOR. */
export function knownOnly(
  value: unknown,
  schema: Schema,
  convert: (value: unknown, schema: Schema) => unknown = knownOnly,
): unknown {
  if (schema.kind === "variants") {
    return convert(value, variantOf(schema, (value as { type?: unknown }).type, "message"));
  }
  if (schema.kind !== "map") return value;
  const source = value as Readonly<Record<string, unknown>>;
  const found: Record<string, unknown> = {};
  for (const name of ordered(schema)) {
    if (source[name] !== undefined) found[name] = convert(source[name], schema.fields[name]!);
  }
  return found;
}

/** Names of properties are ASCII. */
function ordered({ fields }: AnyRecord): string[] {
  return Object.keys(fields).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

function parseRows(json: unknown, path: string): RowsByCollection {
  const found: Record<string, Uint8Array[]> = Object.create(null);
  let budget: number = limits.answerRows;
  const entries = Object.entries(object(json, path));
  counted(entries.length, limits.collections, path);
  for (const [name, list] of entries) {
    const place = `${path}.${name.slice(0, 64)}`;
    const rows = array(list, place);
    budget -= counted(rows.length, budget, path);
    found[name] = rows.map((row) => parseHex(row, place));
  }
  return found;
}

function object(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json) || isBytes(json))
    throw invalid(path, "must be an object");
  return json as Readonly<Record<string, unknown>>;
}

function array(json: unknown, path: string): unknown[] {
  if (!Array.isArray(json)) throw invalid(path, "must be an array");
  return json;
}

function parseHex(json: unknown, path: string): Uint8Array {
  if (typeof json === "string") {
    try {
      return fromHex(json);
    } catch {
      // Told below, with the property's name.
    }
  }
  throw invalid(path, "must be lowercase hexadecimal text");
}
