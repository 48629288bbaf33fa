import { CborReader, NOT_CANONICAL } from "./cbor-reader.js";
import { readValue, setOwn } from "./cbor-value.js";
import { isDecimalText } from "./decimal.js";
import { encodedFields } from "./encoded-fields.js";
import { DigestSyncError } from "./errors.js";
import { readJson } from "./json-reader.js";
import type { Collection, Field } from "./manifest.js";
import { messageLimits as limits } from "./message-limits.js";

type ValueReader = (reader: CborReader) => unknown;

/**
 * Compiles the function that reads a collection's row encodings. Strict: it accepts exactly what the encoder writes
 * (and fields it does not know), so that a row has one encoding.
 *
 * Values are: Int number, BigInt bigint, Decimal canonical text, DateTime Date, Bytes Uint8Array, String and enum
 * text, Json the value, a list an array (empty when absent), a missing field null. Fields the collection does not
 * have are kept, integers as numbers when safe.
 *
 * @throws DigestSyncError "malformed" (the returned function), with the collection and the byte offset
 * @example
 * const decode = compileRowDecoder(findCollection(manifest, "Contact"))
 * decode(encoding).name // "Ada"
 */
export function compileRowDecoder(collection: Collection): (encoding: Uint8Array) => Record<string, unknown> {
  const steps = encodedFields(collection).map(({ field, name, encodedName }) => ({
    name,
    encodedName,
    list: field.list === true,
    required: collection.key.includes(name),
    read: field.list ? listReader(valueReader(field)) : valueReader(field),
  }));
  // Copied for each row, so that every row has its fields in schema order and one hidden class.
  const template: Record<string, unknown> = {};
  for (const field of collection.fields) template[field.name] = null;

  function decode(encoding: Uint8Array): Record<string, unknown> {
    const reader = new CborReader(encoding);
    const row = { ...template };
    let step = 0;
    let previous = -1;
    let unknown = false;
    const skipAbsent = (before: number): void => {
      for (; step < before; step++) {
        const absent = steps[step]!;
        if (absent.required) reader.fail(`key field ${absent.name} is missing`);
        if (absent.list) row[absent.name] = [];
      }
    };
    for (let left = reader.header("map"); left > 0; left--) {
      const at = reader.offset;
      // Both the fields and the map's keys are sorted, so one pass pairs them.
      let match = step;
      while (match < steps.length && !reader.take(steps[match]!.encodedName)) match++;
      if (match < steps.length) {
        skipAbsent(match);
        const { name, read } = steps[match]!;
        // Two fields in the order of the steps are in the map's order.
        if (unknown) reader.checkKeyOrder(previous, at);
        unknown = false;
        row[name] = read(reader);
        step = match + 1;
      } else {
        const name = reader.key(previous);
        unknown = true;
        setOwn(row, name, reader.kind() === "null" ? explicitNull(reader) : readValue(reader, limits.depth + 1));
      }
      previous = at;
    }
    skipAbsent(steps.length);
    reader.end();
    return row;
  }

  return (encoding) => {
    try {
      return decode(encoding);
    } catch (error) {
      if (!(error instanceof DigestSyncError)) throw error;
      throw new DigestSyncError("malformed", `a row of ${collection.name}: ${error.message}`, {
        collection: collection.name,
      });
    }
  };
}

function listReader(read: ValueReader): ValueReader {
  return (reader) => {
    const items: unknown[] = [];
    for (let left = reader.header("array"); left > 0; left--) items.push(read(reader));
    return items;
  };
}

function valueReader(field: Field): ValueReader {
  if (field.type === "Float" && field.single) return readSingle;
  if (field.type === "Json" && !field.list)
    return (reader) => (reader.kind() === "null" ? explicitNull(reader) : readJson(reader));
  return readers[field.type];
}

const readers: Readonly<Record<Field["type"], ValueReader>> = {
  String: (reader) => reader.scalar("text"),
  Enum: (reader) => reader.scalar("text"),
  Int: readInt,
  BigInt: (reader) => BigInt(reader.scalar("integer") as number | bigint),
  Float: (reader) => reader.scalar("float"),
  Decimal: readDecimal,
  Boolean: (reader) => reader.scalar("boolean"),
  DateTime: readDate,
  Json: readJson,
  Bytes: (reader) => reader.scalar("bytes"),
};

function readInt(reader: CborReader): number {
  const at = reader.offset;
  const value = reader.scalar("integer");
  return typeof value === "number" ? value : reader.fail("not an integer within 53 bits", at);
}

function readSingle(reader: CborReader): number {
  const at = reader.offset;
  const value = reader.scalar("float") as number;
  return Object.is(Math.fround(value), value) ? value : reader.fail("not a single-precision number", at);
}

function readDecimal(reader: CborReader): string {
  const at = reader.offset;
  const text = reader.scalar("text") as string;
  return isDecimalText(text) ? text : reader.fail(NOT_CANONICAL, at);
}

function readDate(reader: CborReader): Date {
  const at = reader.offset;
  const milliseconds = readInt(reader);
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds) : reader.fail("outside the range of dates", at);
}

function explicitNull(reader: CborReader): never {
  return reader.fail("a null field must be left out");
}
