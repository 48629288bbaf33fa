import { DigestSyncError } from "./errors.js";
import { limits } from "./limits.js";
import type { Collection, Field, FieldType, FilterValue, Manifest } from "./manifest.js";

const fieldTypes: ReadonlySet<unknown> = new Set<FieldType>([
  "String",
  "Int",
  "BigInt",
  "Float",
  "Decimal",
  "Boolean",
  "DateTime",
  "Json",
  "Bytes",
  "Enum",
]);
const keyTypes: ReadonlySet<FieldType> = new Set<FieldType>(["String", "Int", "BigInt", "Enum"]);

/** What a filter may compare a field of each type with. Null is always allowed; the rest has no filter. */
const filterTypes: Readonly<Partial<Record<FieldType, readonly string[]>>> = {
  String: ["string"],
  Enum: ["string"],
  Int: ["number"],
  BigInt: ["number", "string"],
  Float: ["number"],
  Decimal: ["number", "string"],
  Boolean: ["boolean"],
  DateTime: ["string", "number"],
};

/** Prisma's own rule for the names of models and fields. */
const prismaName = /^[A-Za-z][A-Za-z0-9_]*$/;

/**
 * Checks a manifest that comes from outside and returns it with nothing but the properties of `Manifest`, its
 * collections sorted.
 *
 * @throws DigestSyncError "invalid-manifest" that says what is wrong and where
 * @example
 * const manifest = parseManifest(JSON.parse(text))
 */
export function parseManifest(value: unknown): Manifest {
  const { version, algorithm, collections } = object(value, "the manifest");
  if (version !== 1) throw invalid("the manifest's version must be 1; generate it again");
  if (typeof algorithm !== "string" || algorithm === "") throw invalid("the manifest's algorithm must be a name");
  const parsed = array(collections, "the manifest's collections").map(parseCollection);
  if (parsed.length > limits.collections) throw invalid(`a manifest has at most ${limits.collections} collections`);
  refuseRepeated(
    parsed.map(({ name }) => name),
    "collection",
  );
  return { version, algorithm, collections: parsed.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/**
 * The manifest's collection of this name.
 *
 * @throws DigestSyncError "unknown-collection"
 * @example
 * const contacts = findCollection(manifest, "Contact")
 */
export function findCollection(manifest: Manifest, name: string): Collection {
  const found = manifest.collections.find((collection) => collection.name === name);
  if (found !== undefined) return found;
  const known = manifest.collections.map((collection) => collection.name).join(", ");
  throw new DigestSyncError("unknown-collection", `the manifest has no collection ${shown(name)}; it has: ${known}`, {
    collection: name,
  });
}

function parseCollection(value: unknown, index: number): Collection {
  const source = object(value, `collection ${index}`);
  const name = prismaNameOf(source.name, `the name of collection ${index}`);
  const fields = array(source.fields, `the fields of ${name}`).map((field) => parseField(field, name));
  const names = fields.map((field) => field.name);
  refuseRepeated(names, `field of ${name}`);
  const key = array(source.key, `the key of ${name}`).map((part) => parseKeyField(part, name, fields));
  if (key.length === 0) throw invalid(`the key of ${name} must name at least one field`);
  refuseRepeated(key, `key field of ${name}`);
  const scope = array(source.scope, `the scope of ${name}`).map((path) => parsePath(path, name));
  refuseRepeated(scope, `scope path of ${name}`);
  const where = source.where === undefined ? undefined : parseFilter(source.where, name, fields);
  return { name, fields, key, scope, ...(where === undefined ? {} : { where }) };
}

function parseField(value: unknown, collection: string): Field {
  const source = object(value, `a field of ${collection}`);
  const name = prismaNameOf(source.name, `a field's name in ${collection}`);
  const place = `${collection}.${name}`;
  if (!fieldTypes.has(source.type)) throw invalid(`${place} has the unknown type ${shown(source.type)}`);
  const field: Field = {
    name,
    type: source.type as FieldType,
    ...flag(source, "list", place),
    ...flag(source, "optional", place),
    ...flag(source, "single", place),
  };
  if (field.single && field.type !== "Float") throw invalid(`${place} is single-precision but not a Float`);
  return field;
}

function flag<Name extends string>(
  source: Readonly<Record<string, unknown>>,
  name: Name,
  place: string,
): { [K in Name]?: true } {
  const value = source[name];
  if (value === undefined || value === false) return {};
  if (value !== true) throw invalid(`${place}: ${name} must be true or absent`);
  return { [name]: true } as { [K in Name]?: true };
}

function parseKeyField(value: unknown, collection: string, fields: readonly Field[]): string {
  const field = fields.find((candidate) => candidate.name === value);
  if (field === undefined) throw invalid(`the key of ${collection} names ${shown(value)}, which is no field of it`);
  const place = `${collection}.${field.name}`;
  if (field.list || field.optional) throw invalid(`${place} is part of the key and must be required and no list`);
  if (!keyTypes.has(field.type))
    throw invalid(`${place} is part of the key and must be of type ${[...keyTypes].join(", ")}, not ${field.type}`);
  return field.name;
}

function parsePath(value: unknown, collection: string): string {
  if (typeof value !== "string" || !value.split(".").every((step) => prismaName.test(step)))
    throw invalid(`the scope of ${collection} must hold paths such as accountId or chat.accountId`);
  return value;
}

function parseFilter(value: unknown, collection: string, fields: readonly Field[]): Record<string, FilterValue> {
  const filter: Record<string, FilterValue> = {};
  for (const [name, expected] of Object.entries(object(value, `the filter of ${collection}`))) {
    const place = `the filter of ${collection} on ${prismaNameOf(name, `a field's name in the filter of ${collection}`)}`;
    const isValue = expected === null || ["string", "number", "boolean"].includes(typeof expected);
    if (!isValue || (typeof expected === "number" && !Number.isFinite(expected)))
      throw invalid(`${place} must compare with text, a finite number, a boolean or null`);
    const field = fields.find((candidate) => candidate.name === name);
    // A filter may name a field that is not synced; its type is not known here.
    if (field !== undefined && expected !== null) {
      const allowed = field.list ? [] : (filterTypes[field.type] ?? []);
      if (!allowed.includes(typeof expected))
        throw invalid(`${place} compares a ${field.type}${field.list ? " list" : ""} with a ${typeof expected}`);
    }
    filter[name] = expected as FilterValue;
  }
  return filter;
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

function array(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(`${what} must be an array`);
  return [...(value as unknown[])];
}

function prismaNameOf(value: unknown, what: string): string {
  if (typeof value !== "string" || !prismaName.test(value))
    throw invalid(`${what} must be a Prisma name (a letter, then letters, digits and _), not ${shown(value)}`);
  return value;
}

function refuseRepeated(names: readonly string[], what: string): void {
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw invalid(`the ${what} ${repeated} is listed twice`);
}

/** A value from outside, cut to a length that suits a message. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : typeof value;
}

function invalid(message: string): DigestSyncError {
  return new DigestSyncError("invalid-manifest", message);
}
