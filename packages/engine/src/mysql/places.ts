import { columnOf, condition, dependentsOf, type Join, ownRow } from "../dependents.js";
import type { Source } from "../dialect.js";
import type { Column } from "../manifest.js";
import { bytes, identifier, tableName } from "./sql.js";

/** What stands in an alias's place: NEW and OLD in a trigger. */
export type Names = Readonly<Record<string, string>>;

/**
 * SQL: the condition under which a column is null once the database has done what a delete or an update brings about,
 * though it still has a value; undefined: never.
 */
export type Nulled = (alias: string, column: string) => string | undefined;

/** How places are worked out. */
export interface Manner {
  readonly names?: Names;
  readonly nulled?: Nulled;
  /** Reads pass over rows that others have locked: a scope that is behind such a row is null, not `~`. */
  readonly passing?: boolean;
  /** The key, where it is not read from the collection's own row. */
  readonly key?: string;
}

/** A value as UTF-8 bytes, whatever its column's character set and collation. */
const utf8 = (value: string) => `CAST(CONVERT(${value} USING utf8mb4) AS BINARY)`;

/** A column as canonical text; enum values under Prisma's names. */
export function columnText({ name, values }: Column, row: string): string {
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
  const parts = source.collection.key.map((field) => columnText(columnOf(source, field), names[ownRow] ?? ownRow));
  return concatenated(parts.length === 1 ? parts : parts.map(escaped));
}

/** The SQL of a row's scope text: every part escaped, null as `~`. */
export function scopeExpression(source: Source, { names = {}, nulled }: Manner = {}): string {
  const { scope } = dependentsOf(source);
  if (scope.length === 0) return "''";
  return concatenated(
    scope.map(({ alias, column }) => {
      const value = `COALESCE(${escaped(columnText(column, names[alias] ?? alias))}, '~')`;
      const isNull = nulled?.(alias, column.name);
      return isNull === undefined ? value : `IF(${isNull}, '~', ${value})`;
    }),
  );
}

/** The conditions under which a join leads nowhere though the columns before it have values. */
function gone(join: Join, { nulled }: Manner): string[] {
  return join.on.map(({ alias, equals }) => nulled?.(alias, equals)).filter((one) => one !== undefined);
}

/** SQL: some row that the scope needs is not there to be read. */
function unread(joins: readonly Join[], manner: Manner): string {
  const { names = {} } = manner;
  const at = (alias: string, column: string) => `${names[alias] ?? alias}.${identifier(column)}`;
  return joins
    .map((join) =>
      [
        ...join.on.map(({ alias, equals }) => `${at(alias, equals)} IS NOT NULL`),
        ...join.on.slice(0, 1).map(({ column }) => `${at(join.alias, column)} IS NULL`),
        ...gone(join, manner).map((one) => `NOT (${one})`),
      ].join(" AND "),
    )
    .join(" OR ");
}

/** The three values of a pending change. `joins` are those of the query that are outer. */
export function placeValues(source: Source, joins: readonly Join[], manner: Manner = {}): string {
  const scope = scopeExpression(source, manner);
  const key = manner.key ?? keyExpression(source, manner.names);
  const place = manner.passing && joins.length > 0 ? `IF(${unread(joins, manner)}, NULL, ${scope})` : scope;
  return `${bytes(source.collection.name)}, ${place}, ${key}`;
}

/** Joins for a FROM clause, each with a space before it: a row that leads nowhere counts all the same. */
export function joined(joins: readonly Join[], manner: Manner = {}): string {
  return joins
    .map((join) => {
      const conditions = [
        condition(join, identifier, manner.names),
        ...gone(join, manner).map((one) => `NOT (${one})`),
      ];
      return ` LEFT JOIN ${tableName(join.table)} ${join.alias} ON ${conditions.join(" AND ")}`;
    })
    .join("");
}
