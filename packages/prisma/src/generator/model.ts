import type { Collection, Field, FieldType } from "@digest-sync/core";
import type { Provider, RelationList, ScopePath, Table } from "@digest-sync/engine";
import type { DMMF } from "@prisma/generator-helper";
import { type Annotation, AnnotationError, parseAnnotation, type SyncAnnotation } from "./annotation.js";
import { filterValues } from "./filter.js";
import { checkNativeType, checkWidths } from "./native-types.js";
import { type Problems, suggestion } from "./problems.js";
import { column, isText, type Models, relationList, scopePath, tableName, typeName } from "./relations.js";

/** What the schema says about one synced model. */
export interface SyncedModel {
  readonly collection: Collection;
  readonly table: Table;
}

const scalarTypes: ReadonlySet<string> = new Set<FieldType>([
  "String",
  "Int",
  "BigInt",
  "Float",
  "Decimal",
  "Boolean",
  "DateTime",
  "Json",
  "Bytes",
]);

/** The annotation of a model or field; a faulty one is reported and treated as absent. */
export function annotationAt(
  where: string,
  documentation: string | undefined,
  problems: Problems,
): Annotation | undefined {
  try {
    return parseAnnotation(documentation);
  } catch (error) {
    if (!(error instanceof AnnotationError)) throw error;
    problems.error(where, error.message);
    return undefined;
  }
}

/** What is found on the way through a model's fields. */
interface Found {
  readonly omitted: Set<string>;
  /** By field. */
  readonly lists: Map<string, { readonly list: RelationList; readonly type: FieldType }>;
}

/** Turns an annotated model into its collection and table, reporting all that cannot be synced. */
export function syncedModel(
  model: DMMF.Model,
  annotation: SyncAnnotation,
  schema: Models,
  provider: Provider,
  problems: Problems,
): SyncedModel {
  const { omitted, lists } = annotatedFields(model, schema, provider, problems);
  const key = keyFields(model, omitted, problems);
  const scope = annotation.scope.flatMap((path) => scopeValue(model, path, schema, problems) ?? []);
  const names = scope.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) problems.error(model.name, `The scope names "${repeated}" twice.`);

  const keys = key.map((name) => model.fields.find((field) => field.name === name)!);
  for (const field of keys) checkNativeType(provider, `${model.name}.${field.name}`, field, "key", problems);
  for (const { name, field } of scope)
    checkNativeType(provider, `${model.name}, scope ${name}`, field, "scope", problems);
  if (provider === "mysql") {
    checkWidths(model, "key", keys, schema.enums, problems);
    const fields = scope.map(({ field }) => field);
    checkWidths(model, "scope", fields, schema.enums, problems);
  }

  const where = filterValues(model, annotation.where, schema.enums, problems);
  for (const name of Object.keys(where)) {
    const field = model.fields.find((one) => one.name === name)!;
    checkNativeType(provider, `${model.name}, where ${name}`, field, "filter", problems);
  }
  const columns = model.fields.filter((field) => field.kind !== "object");
  const fields = model.fields.flatMap((field): Field[] => {
    const list = lists.get(field.name);
    if (list) return [{ name: field.name, type: list.type, list: true }];
    if (field.kind === "object" || omitted.has(field.name)) return [];
    return [syncedField(model, field, provider, problems)];
  });
  const paths = scope.flatMap(({ name, path }) => (path ? [[name, path] as const] : []));
  return {
    collection: { name: model.name, fields, key, scope: names, ...(annotation.where.size > 0 ? { where } : {}) },
    table: {
      model: model.name,
      delegate: model.name.charAt(0).toLowerCase() + model.name.slice(1),
      ...tableName(model),
      columns: Object.fromEntries(columns.map((field) => [field.name, column(field, schema.enums)])),
      ...(paths.length > 0 ? { paths: Object.fromEntries(paths) } : {}),
      ...(lists.size > 0 ? { lists: Object.fromEntries([...lists].map(([name, { list }]) => [name, list])) } : {}),
    },
  };
}

function annotatedFields(model: DMMF.Model, schema: Models, provider: Provider, problems: Problems): Found {
  const found: Found = { omitted: new Set(), lists: new Map() };
  for (const field of model.fields) {
    const where = `${model.name}.${field.name}`;
    const annotation = annotationAt(where, field.documentation, problems);
    if (annotation?.kind === "sync") syncedList(model, field, annotation, found, schema, provider, problems);
    if (annotation?.kind !== "omit") continue;
    if (field.kind !== "object") {
      found.omitted.add(field.name);
      continue;
    }
    const own = field.relationFromFields ?? [];
    const instead = own.length > 0 ? ` To leave out its foreign key, write it at ${own.join(", ")}.` : "";
    problems.warning(where, `@sync.omit has no effect on a relation: relations are not synced.${instead}`);
  }
  return found;
}

function syncedList(
  model: DMMF.Model,
  field: DMMF.Field,
  { scope, where }: SyncAnnotation,
  { lists }: Found,
  schema: Models,
  provider: Provider,
  problems: Problems,
): void {
  const place = `${model.name}.${field.name}`;
  if (field.kind !== "object") {
    problems.error(place, "@sync belongs above the model. To leave this field out, write @sync.omit.");
    return;
  }
  if (scope.length > 0 || where.size > 0) {
    problems.error(place, "A list has no scope and no filter of its own: write /// @sync without parameters.");
    return;
  }
  const found = relationList(model, field, schema, problems);
  if (found === undefined) return;
  checkNativeType(provider, place, found.id, "key", problems);
  lists.set(field.name, found);
}

function keyFields(model: DMMF.Model, omitted: ReadonlySet<string>, problems: Problems): readonly string[] {
  const single = model.fields.find((field) => field.isId);
  const key = model.primaryKey?.fields ?? (single === undefined ? [] : [single.name]);
  if (key.length === 0) {
    problems.error(
      model.name,
      "A synced model needs a primary key: give it an @id or an @@id (@unique is not enough).",
    );
  }
  for (const name of key) {
    const field = model.fields.find((candidate) => candidate.name === name)!;
    const where = `${model.name}.${name}`;
    if (!isText(field)) {
      problems.error(where, `A key may be a String, Int, BigInt or enum, and this is ${typeName(field)}.`);
    }
    if (omitted.has(name)) {
      problems.error(
        where,
        "A field of the primary key cannot be left out: it tells the rows apart. Remove @sync.omit.",
      );
    }
  }
  return key;
}

/** One value of a scope, by the name the manifest gives it. */
interface ScopeValue {
  readonly name: string;
  readonly field: DMMF.Field;
  /** Where it is not the model's own. */
  readonly path?: ScopePath;
}

/** The scope value at `path`, or undefined when it cannot be one (reported). */
function scopeValue(
  model: DMMF.Model,
  path: readonly string[],
  schema: Models,
  problems: Problems,
): ScopeValue | undefined {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length > 0) {
    const found = scopePath(model, path, schema, problems);
    return found && { name: path.join("."), field: found.field, path: found.path };
  }
  const place = `${model.name}, scope`;
  const field = model.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    const names = model.fields.filter(isText).map((candidate) => candidate.name);
    problems.error(place, `There is no field "${name}".${suggestion(name, names)}`);
    return undefined;
  }
  if (field.kind === "object") {
    const own = field.relationFromFields ?? [];
    const instead = own.length === 0 ? "Name a field of the model itself." : `Write scope: ${fieldList(own)}`;
    problems.error(place, `"${name}" is a relation. ${instead}`);
    return undefined;
  }
  if (!isText(field)) {
    problems.error(place, `A scope may be a String, Int, BigInt or enum, and "${name}" is ${typeName(field)}.`);
    return undefined;
  }
  return { name, field };
}

function syncedField(model: DMMF.Model, field: DMMF.Field, provider: Provider, problems: Problems): Field {
  checkNativeType(provider, `${model.name}.${field.name}`, field, "field", problems);
  if (field.kind !== "enum" && !scalarTypes.has(field.type)) {
    problems.error(
      `${model.name}.${field.name}`,
      `Fields of type ${field.type} cannot be synced. Leave it out: /// @sync.omit`,
    );
  }
  return {
    name: field.name,
    type: field.kind === "enum" ? "Enum" : (field.type as FieldType),
    ...(field.isList ? { list: true } : {}),
    ...(field.isRequired || field.isList ? {} : { optional: true }),
    ...(isSinglePrecision(field) ? { single: true } : {}),
  };
}

/** PostgreSQL's `@db.Real` and MySQL's `@db.Float`: drivers disagree about the double such a column reads as. */
function isSinglePrecision(field: DMMF.Field): boolean {
  return field.type === "Float" && ["Real", "Float"].includes(field.nativeType?.[0] ?? "");
}

function fieldList(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `[${names.join(", ")}]`;
}
