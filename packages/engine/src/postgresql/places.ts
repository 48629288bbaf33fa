import { columnOf, condition, dependentsOf, type Join, ownRow, type ScopePart } from "../dependents.js";
import type { Source } from "../dialect.js";
import type { Column } from "../manifest.js";
import { identifier, literal, qualified } from "./sql.js";

/** What stands in an alias's place: NEW, OLD. */
export type Names = Readonly<Record<string, string>>;

/**
 * A value as text, as drivers get it: by the type's output function. A cast is another matter for some types: it strips
 * the blanks of char(n) and adds a netmask to an inet. Compared and searched by bytes, whatever collation the column has.
 */
export const output = (value: string) => `(format('%s', ${value}) COLLATE "C")`;

const escaped = (part: string) => `replace(replace(${part}, '~', '~0'), '/', '~1')`;

/** The text of a column's value; enum values under Prisma's names. */
function text({ name, values }: Column, row: string): string {
  const value = output(`${row}.${identifier(name)}`);
  if (!values) return value;
  const cases = Object.entries(values).map(([ours, stored]) => `WHEN ${literal(stored)} THEN ${literal(ours)}`);
  return `(CASE ${value} ${cases.join(" ")} ELSE ${value} END COLLATE "C")`;
}

/** The SQL of a row's key text. */
export function keyExpression(source: Source, row: string): string {
  const parts = source.collection.key.map((field) => text(columnOf(source, field), row));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : parts.map(escaped).join(" || '/' || ");
}

/** The SQL of a row's scope text: every part escaped, null as `~`. */
export function scopeExpression(parts: readonly ScopePart[], names: Names): string {
  if (parts.length === 0) return "''";
  return parts
    .map(({ alias, column }) => {
      const row = names[alias] ?? alias;
      return `CASE WHEN ${row}.${identifier(column.name)} IS NULL THEN '~' ELSE ${escaped(text(column, row))} END`;
    })
    .join(" || '/' || ");
}

/** `JOIN`s of a path. `kind`: of every join, or LEFT where the row may be missing. */
export function joined(joins: readonly Join[], names: Names, kind: "outer" | "as related" | "inner"): string {
  return joins
    .map((join) => {
      const outer = kind === "outer" || (kind === "as related" && join.optional);
      return ` ${outer ? "LEFT JOIN" : "JOIN"} ${qualified(join.table)} ${join.alias} ON ${condition(join, identifier, names)}`;
    })
    .join("");
}

/** {scope, key} of rows of the collection's own table, which is `from`, under the alias `t`. */
export function placesOf(source: Source, from: string, kind: "outer" | "as related" = "outer"): string {
  const { joins, scope } = dependentsOf(source);
  return `SELECT ${scopeExpression(scope, {})} AS "scope", ${keyExpression(source, ownRow)} AS "key"
    FROM ${from} ${ownRow}${joined(joins, {}, kind)}`;
}
