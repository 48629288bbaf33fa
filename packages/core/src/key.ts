import { DigestSyncError } from "./errors.js";
import type { Collection, FieldType } from "./manifest.js";

/** A key's or scope's single value. */
export type KeyValue = string | number | bigint;

interface KeyField {
  readonly name: string;
  readonly type: FieldType | undefined;
}

const keyFields = new WeakMap<Collection, readonly KeyField[]>();

/**
 * A row's primary key as text: of one key field its text as it is; of several their texts, each with `~` written
 * `~0` and `/` written `~1` (as JSON Pointer does, RFC 6901), joined by `/`.
 *
 * @throws DigestSyncError "unencodable" when a key field is missing or not of its type
 * @example
 * keyText(contacts, { id: "c1" }) // "c1"
 * keyText(members, { team: "a/b", user: 7 }) // "a~1b/7"
 */
export function keyText(collection: Collection, row: Readonly<Record<string, unknown>>): string {
  const fields = fieldsOfKey(collection);
  if (fields.length === 1) return partText(collection, fields[0]!, row);
  let text = "";
  for (let i = 0; i < fields.length; i++)
    text += (i === 0 ? "" : "/") + escapePart(partText(collection, fields[i]!, row));
  return text;
}

/**
 * The key text of values in key order, for callers that have no row.
 *
 * @example
 * keyOfParts(["a/b", 7]) // "a~1b/7"
 */
export function keyOfParts(parts: readonly KeyValue[]): string {
  return parts.length === 1 ? valueText(parts[0]!) : parts.map((part) => escapePart(valueText(part))).join("/");
}

/**
 * The text of a scope. Unlike a key's, each part is escaped even when it is the only one, so that the text `~`
 * can stand for null.
 *
 * @throws DigestSyncError "unencodable" for a number that is not a safe integer
 * @example
 * scopeText(["a/b", null]) // "a~1b/~"
 * scopeText([]) // ""
 */
export function scopeText(values: readonly (KeyValue | null)[]): string {
  return values.map((value) => (value === null ? "~" : escapePart(valueText(value)))).join("/");
}

/**
 * Order of two keys by their UTF-8 bytes, which is the order of their code points. JavaScript's own comparison goes
 * by UTF-16 code units and differs above U+FFFF.
 */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/**
 * The key's values in key order, with the types Prisma expects.
 *
 * @throws DigestSyncError "invalid-message" when the text is no key of this collection
 * @example
 * parseKey(members, "a~1b/7") // ["a/b", 7]
 */
export function parseKey(collection: Collection, text: string): KeyValue[] {
  const fields = fieldsOfKey(collection);
  const parts = fields.length === 1 ? [text] : text.split("/").map((part) => unescapePart(collection, part));
  if (parts.length !== fields.length) throw noKey(collection, `expected ${fields.length} parts`);
  return parts.map((part, i) => parsePart(collection, fields[i]!, part));
}

function fieldsOfKey(collection: Collection): readonly KeyField[] {
  let fields = keyFields.get(collection);
  if (fields === undefined) {
    fields = collection.key.map((name) => ({
      name,
      type: collection.fields.find((field) => field.name === name)?.type,
    }));
    keyFields.set(collection, fields);
  }
  return fields;
}

function partText(collection: Collection, field: KeyField, row: Readonly<Record<string, unknown>>): string {
  const value = row[field.name];
  switch (field.type) {
    case "String":
    case "Enum":
      if (typeof value === "string") return wellFormed(value);
      break;
    case "Int":
      if (Number.isSafeInteger(value)) return String(value);
      if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return String(value);
      break;
    case "BigInt":
      if (typeof value === "bigint" ? is64Bit(value) : Number.isSafeInteger(value)) return String(value);
      break;
  }
  throw new DigestSyncError(
    "unencodable",
    `${collection.name}.${field.name}: a key field is missing or of a wrong type`,
    {
      collection: collection.name,
      field: field.name,
    },
  );
}

function parsePart(collection: Collection, field: KeyField, part: string): KeyValue {
  if (field.type === "String" || field.type === "Enum") return part;
  if (/^(?:0|-?[1-9]\d{0,19})$/.test(part)) {
    if (field.type === "Int" && Number.isSafeInteger(Number(part))) return Number(part);
    if (field.type === "BigInt" && is64Bit(BigInt(part))) return BigInt(part);
  }
  throw noKey(collection, `${field.name} is not of type ${field.type}`);
}

function valueText(value: KeyValue): string {
  if (typeof value === "string") return wellFormed(value);
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  throw new DigestSyncError("unencodable", "an integer must be within 53 bits; use BigInt for larger ones");
}

function escapePart(part: string): string {
  return /[~/]/.test(part) ? part.replaceAll("~", "~0").replaceAll("/", "~1") : part;
}

function unescapePart(collection: Collection, part: string): string {
  if (!part.includes("~")) return part;
  if (/~(?![01])/.test(part)) throw noKey(collection, "~ must be followed by 0 or 1");
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** An unpaired surrogate has no UTF-8; databases and encodings hold U+FFFD in its place. */
function wellFormed(text: string): string {
  return /[\ud800-\udfff]/u.test(text) ? text.replace(/[\ud800-\udfff]/gu, "\ufffd") : text;
}

/** Moves surrogates, which stand for code points above U+FFFF, behind all other units. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function is64Bit(value: bigint): boolean {
  return value >= -0x8000000000000000n && value <= 0xffffffffffffffffn;
}

function noKey(collection: Collection, why: string): DigestSyncError {
  return new DigestSyncError("invalid-message", `not a key of ${collection.name}: ${why}`, {
    collection: collection.name,
  });
}
