import { columnOf, condition, dependentsOf, type Join, ownRow } from "../dependents.js";
import type { Source } from "../dialect.js";
import type { Column } from "../manifest.js";
import { bytes, identifier, tableName } from "./sql.js";

/** What stands in an alias's place: NEW and OLD in a trigger. */
export type Names = Readonly<Record<string, string>>;

/** A value as UTF-8 bytes, whatever its column's character set and collation. */
const utf8 = (value: string) => `CAST(CONVERT(${value} USING utf8mb4) AS BINARY)`;

/** A column as canonical text; enum values under Prisma's names. */
function part({ name, values }: Column, row: string): string {
  const value = utf8(`${row}.${identifier(name)}`);
  if (!values) return value;
  const cases = Object.entries(values).map(([ours, stored]) => `WHEN ${bytes(stored)} THEN ${bytes(ours)}`);
  return `CASE ${value} ${cases.join(" ")} ELSE ${value} END`;
}

function escaped(value: string): string {
  return `REPLACE(REPLACE(${value}, '~', '~0'), '/', '~1')`;
}

function concatenated(parts: readonly string[]): string {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : `CONCAT(${parts.join(", '/', ")})`;
}

/** The SQL of a row's key text. */
export function keyExpression(source: Source, names: Names = {}): string {
  const parts = source.collection.key.map((field) => part(columnOf(source, field), names[ownRow] ?? ownRow));
  return concatenated(parts.length === 1 ? parts : parts.map(escaped));
}

/**
 * SQL: the condition under which a column is null once the database has done what a delete or an update brings about,
 * though it still has a value; undefined: never.
 */
export type Nulled = (alias: string, column: string) => string | undefined;

const never: Nulled = () => undefined;

/** The SQL of a row's scope text: every part escaped, null as `~`. */
export function scopeExpression(source: Source, names: Names = {}, nulled: Nulled = never): string {
  const { scope } = dependentsOf(source);
  if (scope.length === 0) return "''";
  return concatenated(
    scope.map(({ alias, column }) => {
      const value = `COALESCE(${escaped(part(column, names[alias] ?? alias))}, '~')`;
      const isNull = nulled(alias, column.name);
      return isNull === undefined ? value : `IF(${isNull}, '~', ${value})`;
    }),
  );
}

/** The three values of a pending change. */
export function placeValues(source: Source, names: Names = {}, nulled: Nulled = never): string {
  return `${bytes(source.collection.name)}, ${scopeExpression(source, names, nulled)}, ${keyExpression(source, names)}`;
}

/** Joins for a FROM clause, each with a space before it: a row that leads nowhere counts all the same. */
export function joined(joins: readonly Join[], names: Names = {}, nulled: Nulled = never): string {
  return joins
    .map((join) => {
      const gone = join.on.map(({ alias, equals }) => nulled(alias, equals)).filter((one) => one !== undefined);
      const conditions = [condition(join, identifier, names), ...gone.map((one) => `NOT (${one})`)];
      return ` LEFT JOIN ${tableName(join.table)} ${join.alias} ON ${conditions.join(" AND ")}`;
    })
    .join("");
}
