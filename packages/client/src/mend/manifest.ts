import type { Collection, Field, Manifest, ManifestMessage } from "@digest-sync/core";
import type { Kit } from "../later.js";

/**
 * Checks the body of `GET manifest`: what reading rows rests on, and the fingerprint. Properties that are not known are
 * left out.
 *
 * @throws TypeError that names the property
 */
export function checkManifest({ equalBytes, fingerprint }: Kit, message: unknown): ManifestMessage {
  const { version, algorithm, collections, fingerprint: told } = message as ManifestMessage;
  check(version === 1 && isText(algorithm) && told instanceof Uint8Array, "version, algorithm or fingerprint");
  check(Array.isArray(collections) && collections.length <= 256, "collections");
  const manifest: Manifest = { version, algorithm, collections: collections.map(checkCollection) };
  // Unequal when the other side has properties that change digests and that this side does not know.
  if (!equalBytes(fingerprint(manifest), told)) {
    throw new TypeError("the fingerprint is not that of the manifest; update the older side");
  }
  return { ...manifest, fingerprint: told };
}

function checkCollection({ name, fields, key, scope, where }: Collection): Collection {
  check(isText(name) && Array.isArray(fields) && isNames(key) && isNames(scope), "a collection");
  const checked = fields.map(checkField);
  const keyFields = checked.filter((field) => key.includes(field.name) && !field.list && !field.optional);
  const isKey = key.length > 0 && keyFields.length === key.length;
  check(isKey && keyFields.every(({ type }) => KEY_TYPES.includes(type)), `the key of ${name}`);
  return { name, fields: checked, key, scope, ...(where && { where }) };
}

function checkField({ name, type, list, optional, single }: Field): Field {
  check(isText(name) && /^[a-z]\w*$/i.test(name) && TYPES.includes(type), "a field");
  for (const flag of [list, optional, single]) check(flag === undefined || flag === true, `a flag of ${name}`);
  return { name, type, ...(list && { list }), ...(optional && { optional }), ...(single && { single }) };
}

const KEY_TYPES: readonly string[] = ["String", "Enum", "Int", "BigInt"];
const TYPES: readonly string[] = [...KEY_TYPES, "Float", "Decimal", "Boolean", "DateTime", "Json", "Bytes"];

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "" && value.length <= 256;
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 64 && value.every(isText);
}

function check(isRight: boolean, what: string): void {
  if (!isRight) throw new TypeError(`${what} of the manifest cannot be read; update the app`);
}
