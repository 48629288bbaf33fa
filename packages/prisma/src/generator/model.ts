import type { Collection, Field, FieldType } from "@digest-sync/core";
import type { Column, Table } from "@digest-sync/engine";
import type { DMMF } from "@prisma/generator-helper";
import { type Annotation, AnnotationError, parseAnnotation, type SyncAnnotation } from "./annotation.js";
import { filterValues } from "./filter.js";
import { type Problems, suggestion } from "./problems.js";

/** What the schema says about one synced model. */
export interface SyncedModel {
  readonly collection: Collection;
  readonly table: Table;
}

/** The types a key or scope field may have: those whose text is the same on every database. */
const textTypes = ["String", "Int", "BigInt"];

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

/** Turns an annotated model into its collection and table, reporting all that cannot be synced. */
export function syncedModel(
  model: DMMF.Model,
  annotation: SyncAnnotation,
  enums: ReadonlyMap<string, DMMF.DatamodelEnum>,
  problems: Problems,
): SyncedModel {
  const omitted = omittedFields(model, problems);
  const key = keyFields(model, omitted, problems);
  const scope = annotation.scope.flatMap((path) => scopeField(model, path, problems) ?? []);
  for (const name of scope) {
    if (scope.indexOf(name) !== scope.lastIndexOf(name)) {
      problems.error(model.name, `The scope names "${name}" twice.`);
      break;
    }
  }
  const where = filterValues(model, annotation.where, enums, problems);
  const columns = model.fields.filter((field) => field.kind !== "object");
  const fields = columns
    .filter((field) => !omitted.has(field.name))
    .map((field) => syncedField(model, field, problems));
  return {
    collection: { name: model.name, fields, key, scope, ...(annotation.where.size > 0 ? { where } : {}) },
    table: {
      model: model.name,
      delegate: model.name.charAt(0).toLowerCase() + model.name.slice(1),
      ...(model.schema ? { schema: model.schema } : {}),
      name: model.dbName ?? model.name,
      columns: Object.fromEntries(columns.map((field) => [field.name, column(field, enums)])),
    },
  };
}

function omittedFields(model: DMMF.Model, problems: Problems): Set<string> {
  const omitted = new Set<string>();
  for (const field of model.fields) {
    const where = `${model.name}.${field.name}`;
    const annotation = annotationAt(where, field.documentation, problems);
    if (annotation?.kind === "sync") problems.error(where, misplacedSync(field));
    if (annotation?.kind !== "omit") continue;
    if (field.kind !== "object") {
      omitted.add(field.name);
      continue;
    }
    const own = field.relationFromFields ?? [];
    const instead = own.length > 0 ? ` To leave out its foreign key, write it at ${own.join(", ")}.` : "";
    problems.warning(where, `@sync.omit has no effect on a relation: relations are not synced.${instead}`);
  }
  return omitted;
}

function misplacedSync(field: DMMF.Field): string {
  if (field.kind !== "object") return "@sync belongs above the model. To leave this field out, write @sync.omit.";
  if (!field.isList) return "@sync belongs above a model; a relation is synced through the model it leads to.";
  return (
    "@sync on a relation list is not supported yet. " +
    "Make the relation a model of its own (with two foreign keys) and write @sync above that."
  );
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

/** The name of the scope field at `path`, or undefined when it cannot be one (reported). */
function scopeField(model: DMMF.Model, path: readonly string[], problems: Problems): string | undefined {
  const [name, ...rest] = path as [string, ...string[]];
  const place = `${model.name}, scope`;
  const field = model.fields.find((candidate) => candidate.name === name);
  if (rest.length > 0) {
    const last = rest.at(-1)!;
    const foreignKey = field?.relationFromFields?.[field.relationToFields?.indexOf(last) ?? -1];
    const own = rest.length === 1 ? foreignKey : undefined;
    problems.error(
      place,
      `"${path.join(".")}" leads through a relation, which is not supported yet. ` +
        (own === undefined
          ? `Store ${last} on ${model.name} as well, and write scope: ${last}`
          : `${model.name} has the same value itself: write scope: ${own}`),
    );
    return undefined;
  }
  if (field === undefined) {
    const names = model.fields.filter(isText).map((candidate) => candidate.name);
    problems.error(place, `There is no field "${name}".${suggestion(name, names)}`);
    return undefined;
  }
  if (field.kind === "object") {
    const own = field.relationFromFields ?? [];
    const instead = own.length === 0 ? "Name a field of the model itself." : `Write scope: ${list(own)}`;
    problems.error(place, `"${name}" is a relation. ${instead}`);
    return undefined;
  }
  if (!isText(field)) {
    problems.error(place, `A scope may be a String, Int, BigInt or enum, and "${name}" is ${typeName(field)}.`);
    return undefined;
  }
  return name;
}

function syncedField(model: DMMF.Model, field: DMMF.Field, problems: Problems): Field {
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

function column(field: DMMF.Field, enums: ReadonlyMap<string, DMMF.DatamodelEnum>): Column {
  const values = field.kind === "enum" ? (enums.get(field.type)?.values ?? []) : [];
  const mapped = values.some((value) => (value.dbName ?? value.name) !== value.name);
  return {
    name: field.dbName ?? field.name,
    ...(mapped ? { values: Object.fromEntries(values.map((value) => [value.name, value.dbName ?? value.name])) } : {}),
  };
}

function isText(field: DMMF.Field): boolean {
  return !field.isList && (field.kind === "enum" || (field.kind === "scalar" && textTypes.includes(field.type)));
}

function typeName(field: DMMF.Field): string {
  return field.isList ? `a list (${field.type}[])` : field.type;
}

function list(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `[${names.join(", ")}]`;
}
