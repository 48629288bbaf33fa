import type { FieldType } from "@digest-sync/core";
import type {
  Column,
  ForeignKey,
  Hop,
  ReferentialAction,
  RelationList,
  ScopePath,
  TableName,
} from "@digest-sync/engine";
import type { DMMF } from "@prisma/generator-helper";
import { type Problems, suggestion } from "./problems.js";

/** What the generator knows of the whole schema. */
export interface Models {
  readonly models: ReadonlyMap<string, DMMF.Model>;
  readonly enums: ReadonlyMap<string, DMMF.DatamodelEnum>;
  readonly views: ReadonlySet<string>;
}

/** The types whose text is the same on every database: of keys, scopes and the ids of a list. */
const textTypes = ["String", "Int", "BigInt"];

export function isText(field: DMMF.Field): boolean {
  return !field.isList && (field.kind === "enum" || (field.kind === "scalar" && textTypes.includes(field.type)));
}

export function typeName(field: DMMF.Field): string {
  return field.isList ? `a list (${field.type}[])` : field.type;
}

export function tableName(model: DMMF.Model): TableName {
  return { ...(model.schema ? { schema: model.schema } : {}), name: model.dbName ?? model.name };
}

export function columnName(field: DMMF.Field): string {
  return field.dbName ?? field.name;
}

export function column(field: DMMF.Field, enums: Models["enums"]): Column {
  const values = field.kind === "enum" ? (enums.get(field.type)?.values ?? []) : [];
  const mapped = values.some((value) => (value.dbName ?? value.name) !== value.name);
  return {
    name: columnName(field),
    ...(mapped ? { values: Object.fromEntries(values.map((value) => [value.name, value.dbName ?? value.name])) } : {}),
  };
}

const fieldOf = (model: DMMF.Model, name: string): DMMF.Field | undefined =>
  model.fields.find((field) => field.name === name);

const columnsOf = (model: DMMF.Model, names: readonly string[] | undefined): string[] =>
  (names ?? []).map((name) => columnName(fieldOf(model, name)!));

/** The field on the other side of a relation. */
function opposite(field: DMMF.Field, model: DMMF.Model, { models }: Models): DMMF.Field | undefined {
  return models
    .get(field.type)
    ?.fields.find(
      (other) => other.relationName === field.relationName && !(field.type === model.name && other.name === field.name),
    );
}

/** A scope value that another model holds, and the field that does. */
export interface FoundPath {
  readonly path: ScopePath;
  readonly model: DMMF.Model;
  readonly field: DMMF.Field;
}

/** Follows `chat.accountId` from a model; undefined when it leads nowhere (reported). */
export function scopePath(
  model: DMMF.Model,
  names: readonly string[],
  schema: Models,
  problems: Problems,
): FoundPath | undefined {
  const place = `${model.name}, scope`;
  const whole = `"${names.join(".")}"`;
  const hops: Hop[] = [];
  let at = model;
  for (const name of names.slice(0, -1)) {
    const field = fieldOf(at, name);
    if (field === undefined) {
      const relations = at.fields.filter(({ kind }) => kind === "object").map((candidate) => candidate.name);
      problems.error(place, `${whole}: ${at.name} has no relation "${name}".${suggestion(name, relations)}`);
      return undefined;
    }
    const to = schema.models.get(field.type);
    if (field.kind !== "object" || to === undefined) {
      problems.error(
        place,
        `${whole}: ${at.name}.${name} is no relation, but a field. A path ends with a field: "${names.slice(0, names.indexOf(name) + 1).join(".")}".`,
      );
      return undefined;
    }
    if (field.isList) {
      problems.error(
        place,
        `${whole} leads through the list ${at.name}.${name}: a row would be in many scopes. ` +
          `Scope ${field.type} instead, or a model between the two.`,
      );
      return undefined;
    }
    if (schema.views.has(to.name)) {
      problems.error(
        place,
        `${whole} leads through the view ${to.name}: no trigger sees its rows change. Name the table behind it.`,
      );
      return undefined;
    }
    if ((field.relationFromFields ?? []).length === 0) {
      problems.error(
        place,
        `${whole} leads through ${at.name}.${name}, whose foreign key is on the other side (${to.name}). ` +
          `A path follows foreign keys: store the value on ${at.name}, or put the foreign key there.`,
      );
      return undefined;
    }
    hops.push({
      columns: columnsOf(at, field.relationFromFields),
      table: tableName(to),
      references: columnsOf(to, field.relationToFields),
      ...(field.isRequired ? {} : { optional: true as const }),
    });
    at = to;
  }
  return lastField(model, names, at, hops, schema, problems);
}

function lastField(
  model: DMMF.Model,
  names: readonly string[],
  at: DMMF.Model,
  hops: readonly Hop[],
  { enums }: Models,
  problems: Problems,
): FoundPath | undefined {
  const place = `${model.name}, scope`;
  const whole = `"${names.join(".")}"`;
  const name = names.at(-1)!;
  const field = fieldOf(at, name);
  if (field === undefined) {
    const fields = at.fields.filter(isText).map((candidate) => candidate.name);
    problems.error(place, `${whole}: ${at.name} has no field "${name}".${suggestion(name, fields)}`);
    return undefined;
  }
  if (field.kind === "object") {
    const own = field.relationFromFields ?? [];
    const instead =
      own.length === 1 ? `Write scope: ${[...names.slice(0, -1), own[0]].join(".")}` : "End the path with a field.";
    problems.error(place, `${whole} ends with the relation ${at.name}.${name}. ${instead}`);
    return undefined;
  }
  if (!isText(field)) {
    problems.error(place, `A scope may be a String, Int, BigInt or enum, and ${whole} is ${typeName(field)}.`);
    return undefined;
  }
  // What a foreign key refers to is what the row that has the key holds itself.
  const first = fieldOf(model, names[0]!)!;
  const same = names.length === 2 ? first.relationFromFields?.[first.relationToFields?.indexOf(name) ?? -1] : undefined;
  if (same !== undefined) {
    problems.error(place, `${whole} is what ${model.name}.${same} holds itself: write scope: ${same}`);
    return undefined;
  }
  return { path: { hops, column: column(field, enums) }, model: at, field };
}

/** An implicit many-to-many list as a field of the row. */
export interface FoundList {
  readonly list: RelationList;
  /** The other side's id. */
  readonly id: DMMF.Field;
  readonly type: FieldType;
}

/** The relation list that `@sync` stands at; undefined when its ids cannot be a field (reported). */
export function relationList(
  model: DMMF.Model,
  field: DMMF.Field,
  schema: Models,
  problems: Problems,
): FoundList | undefined {
  const place = `${model.name}.${field.name}`;
  const to = schema.models.get(field.type);
  const other = opposite(field, model, schema);
  if (!field.isList || to === undefined) {
    problems.error(
      place,
      `@sync belongs above a model; a relation to one row is synced by its foreign key, which is a field already.`,
    );
    return undefined;
  }
  if (!other?.isList) {
    problems.error(
      place,
      `@sync is for implicit many-to-many lists, and the rows of this one hold the foreign key themselves. Remove it here ` +
        `and write @sync above the model ${to.name}: clients find the rows by ${to.name}.${other?.relationFromFields?.join(", ") ?? "its foreign key"}.`,
    );
    return undefined;
  }
  const id = to.fields.find((candidate) => candidate.isId);
  const own = model.fields.find((candidate) => candidate.isId);
  if (id === undefined || own === undefined) {
    problems.error(
      place,
      `A many-to-many list needs a single @id on both sides, and ${id === undefined ? to.name : model.name} has none. ` +
        "Make the relation a model of its own (with two foreign keys) and write @sync above that.",
    );
    return undefined;
  }
  if (!textTypes.includes(id.type)) {
    problems.error(
      place,
      `The ids of a list may be String, Int or BigInt, and ${to.name}.${id.name} is ${typeName(id)}. ` +
        "Make the relation a model of its own (with two foreign keys) and write @sync above that.",
    );
    return undefined;
  }
  const [ownSide, otherSide] = sides(model, field, other);
  return {
    id,
    type: id.type as FieldType,
    list: {
      join: joinTable(model, field, schema),
      own: ownSide,
      other: otherSide,
      column: columnName(own),
      to: tableName(to),
      references: columnName(id),
      id: id.name,
    },
  };
}

/** Prisma's rule: column A refers to the model whose name comes first; in a self relation, to the field whose name does. */
function sides(model: DMMF.Model, field: DMMF.Field, other: DMMF.Field): ["A", "B"] | ["B", "A"] {
  const self = model.name === field.type;
  const first = self ? field.name < other.name : model.name < field.type;
  return first ? ["A", "B"] : ["B", "A"];
}

/** `_ChatToTag`, in the schema of the model whose name comes first. */
function joinTable(model: DMMF.Model, field: DMMF.Field, { models }: Models): TableName {
  const first = model.name < field.type ? model : models.get(field.type)!;
  return { ...(first.schema ? { schema: first.schema } : {}), name: `_${field.relationName}` };
}

/** Every foreign key of the schema, with Prisma's defaults for what it does. */
export function foreignKeys(schema: Models): ForeignKey[] {
  const keys: ForeignKey[] = [];
  for (const model of schema.models.values()) {
    if (schema.views.has(model.name)) continue;
    for (const field of model.fields) {
      const to = schema.models.get(field.type);
      if (field.kind !== "object" || to === undefined || schema.views.has(to.name)) continue;
      if ((field.relationFromFields ?? []).length > 0) {
        keys.push({
          table: tableName(model),
          columns: columnsOf(model, field.relationFromFields),
          to: tableName(to),
          references: columnsOf(to, field.relationToFields),
          onDelete:
            (field.relationOnDelete as ReferentialAction | undefined) ?? (field.isRequired ? "Restrict" : "SetNull"),
          onUpdate: (field.relationOnUpdate as ReferentialAction | undefined) ?? "Cascade",
        });
        continue;
      }
      const other = opposite(field, model, schema);
      if (!field.isList || !other?.isList) continue;
      // Each side makes its own column's.
      const id = model.fields.find((candidate) => candidate.isId);
      if (id === undefined) continue;
      const [side] = sides(model, field, other);
      const cascade = { onDelete: "Cascade", onUpdate: "Cascade" } as const;
      keys.push({
        table: joinTable(model, field, schema),
        columns: [side],
        to: tableName(model),
        references: [columnName(id)],
        ...cascade,
      });
    }
  }
  return keys;
}
