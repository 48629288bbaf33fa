import { isBytes } from "./bytes.js";
import type { CborWriter } from "./cbor-writer.js";
import { decimalText } from "./decimal.js";
import { DigestSyncError } from "./errors.js";
import { writeJson } from "./json-value.js";
import type { Field } from "./manifest.js";

/** Writes one value, not null, of a field's type. */
export type ValueWriter = (writer: CborWriter, value: unknown) => void;

/** ECMAScript's own date-time format, with an offset: without one the machine's time zone would decide. */
const isoDate = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** The writer of a field's values; for a list, of one element. */
export function valueWriter(field: Field): ValueWriter {
  if (field.type === "Float" && field.single) return writeSingle;
  return writers[field.type];
}

const writers: Readonly<Record<Field["type"], ValueWriter>> = {
  String: writeText,
  Enum: writeText,
  Int: writeInt,
  BigInt: writeBigInt,
  Float: writeFloat,
  Decimal: (writer, value) => writer.text(decimalText(value)),
  Boolean: writeBoolean,
  DateTime: (writer, value) => writer.int(dateMilliseconds(value)),
  Json: (writer, value) => writeJson(writer, value),
  Bytes: writeBytes,
};

function writeText(writer: CborWriter, value: unknown): void {
  if (typeof value !== "string") throw wrongType("text", value);
  writer.text(value);
}

function writeInt(writer: CborWriter, value: unknown): void {
  writer.int(safeInteger(value));
}

function writeBigInt(writer: CborWriter, value: unknown): void {
  if (typeof value === "bigint") {
    if (value < -0x8000000000000000n || value > 0xffffffffffffffffn)
      throw unencodable("an integer must fit into 64 bits");
    writer.bigint(value);
  } else {
    writer.int(safeInteger(value));
  }
}

function writeFloat(writer: CborWriter, value: unknown): void {
  if (typeof value !== "number") throw wrongType("a number", value);
  writer.float64(value);
}

function writeSingle(writer: CborWriter, value: unknown): void {
  if (typeof value !== "number") throw wrongType("a number", value);
  writer.float64(Math.fround(value));
}

function writeBoolean(writer: CborWriter, value: unknown): void {
  if (typeof value !== "boolean") throw wrongType("true or false", value);
  writer.bool(value);
}

function writeBytes(writer: CborWriter, value: unknown): void {
  if (!isBytes(value)) throw wrongType("a Uint8Array", value);
  writer.bytes(value);
}

/** A safe integer out of a number or bigint. */
export function safeInteger(value: unknown): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number") throw wrongType("an integer", value);
  if (!Number.isSafeInteger(number)) throw unencodable("an integer must be within 53 bits; use BigInt for larger ones");
  return number;
}

/** Milliseconds since the epoch of a Date, of ISO 8601 text with an offset, or of that very number. */
export function dateMilliseconds(value: unknown): number {
  let milliseconds: unknown = value;
  if (value instanceof Date || Object.prototype.toString.call(value) === "[object Date]") {
    milliseconds = (value as Date).getTime();
  } else if (typeof value === "string") {
    milliseconds = isoDate.test(value) ? Date.parse(value) : Number.NaN;
  }
  if (typeof milliseconds !== "number") throw wrongType("a Date", value);
  // ECMAScript's range of time values, 21.4.1.1.
  if (!Number.isInteger(milliseconds) || Math.abs(milliseconds) > 8.64e15)
    throw unencodable("a DateTime must be a valid date of whole milliseconds");
  return milliseconds;
}

function wrongType(expected: string, value: unknown): DigestSyncError {
  return unencodable(`expected ${expected}, got ${value === null ? "null" : typeof value}`);
}

function unencodable(message: string): DigestSyncError {
  return new DigestSyncError("unencodable", message);
}
