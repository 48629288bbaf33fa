import type { FilterValue } from "@digest-sync/core";
import type { DMMF } from "@prisma/generator-helper";
import type { Literal } from "./annotation.js";
import { type Problems, suggestion } from "./problems.js";

/**
 * Checks the conditions of `where` against the fields they name. Only what every database and JavaScript compare alike
 * may be filtered on: no floating point, no dates, no JSON.
 */
export function filterValues(
  model: DMMF.Model,
  where: ReadonlyMap<string, Literal>,
  enums: ReadonlyMap<string, DMMF.DatamodelEnum>,
  problems: Problems,
): Record<string, FilterValue> {
  const values: Record<string, FilterValue> = {};
  for (const [name, literal] of where) {
    const place = `${model.name}, where`;
    const field = model.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const names = model.fields.filter((candidate) => candidate.kind !== "object").map((candidate) => candidate.name);
      problems.error(place, `There is no field "${name}".${suggestion(name, names)}`);
      continue;
    }
    const value = checked(field, literal, enums);
    if (value instanceof Mismatch) problems.error(place, value.text);
    else values[name] = value;
  }
  return values;
}

class Mismatch {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function checked(
  field: DMMF.Field,
  literal: Literal,
  enums: ReadonlyMap<string, DMMF.DatamodelEnum>,
): FilterValue | Mismatch {
  if (field.kind === "object") return relationMismatch(field);
  if (field.isList) return new Mismatch(`"${field.name}" is a list. A filter compares single values.`);
  if (literal.kind === "null") return nullOf(field);
  if (field.kind === "enum") return enumValue(field, literal, enums);
  switch (field.type) {
    case "String":
      if (literal.kind === "string") return literal.value;
      return new Mismatch(`"${field.name}" is a String; write its value in quotes.`);
    case "Boolean":
      if (literal.kind === "boolean") return literal.value;
      return new Mismatch(`"${field.name}" is a Boolean; write true or false.`);
    case "Int":
      return integer(field, literal, -(2 ** 31), 2 ** 31 - 1);
    case "BigInt":
      // The manifest travels as JSON too, so its numbers stay within what a double holds exactly.
      return integer(field, literal, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    default:
      return new Mismatch(
        `"${field.name}" is ${article(field.type)}, and databases compare those differently. Filter on a String, Int, BigInt, ` +
          "Boolean or enum field (or on null).",
      );
  }
}

function relationMismatch(field: DMMF.Field): Mismatch {
  const own = field.relationFromFields ?? [];
  const instead = own.length === 1 ? ` Filter on "${own[0]}".` : " Filter on the model's own fields.";
  return new Mismatch(`"${field.name}" is a relation.${instead}`);
}

function nullOf(field: DMMF.Field): null | Mismatch {
  if (field.isRequired) return new Mismatch(`"${field.name}" is required, so it is never null.`);
  // A column can hold SQL NULL or the JSON value null, which Prisma reads alike and SQL does not.
  if (field.type === "Json") return new Mismatch(`"${field.name}" is Json, whose null has two meanings in a database.`);
  return null;
}

function enumValue(
  field: DMMF.Field,
  literal: Literal,
  enums: ReadonlyMap<string, DMMF.DatamodelEnum>,
): string | Mismatch {
  const values = enums.get(field.type)?.values ?? [];
  const names = values.map((value) => value.name);
  const given = literal.kind === "name" || literal.kind === "string" ? literal.value : undefined;
  if (given !== undefined && names.includes(given)) return given;
  const mapped = values.find((value) => value.dbName === given)?.name;
  const hint = mapped === undefined ? suggestion(given ?? "", names) : ` Write "${mapped}", its name in the schema.`;
  return new Mismatch(`"${field.name}" is a ${field.type}; its values are ${names.join(", ")}.${hint}`);
}

function integer(field: DMMF.Field, literal: Literal, least: number, most: number): number | Mismatch {
  const value = literal.kind === "number" && /^-?\d+$/.test(literal.text) ? Number(literal.text) : Number.NaN;
  if (value >= least && value <= most) return value + 0; // -0 is 0
  return new Mismatch(
    `"${field.name}" is ${article(field.type)}; write an integer from ${least} to ${most} without quotes.`,
  );
}

function article(type: string): string {
  return `${/^[AEIOU]/.test(type) ? "an" : "a"} ${type}`;
}
