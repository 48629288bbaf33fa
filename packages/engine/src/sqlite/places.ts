import { columnOf, condition, dependentsOf, type Join, ownRow } from "../dependents.js";
import type { Source } from "../dialect.js";
import type { Column } from "../manifest.js";
import { identifier, literal } from "./sql.js";

/** What stands in an alias's place: NEW and OLD in a trigger, `v` for a victim. */
export type Names = Readonly<Record<string, string>>;

/** A column as canonical text; enum values under Prisma's names. */
function text({ name, values }: Column, row: string): string {
  const value = `${row}.${identifier(name)}`;
  if (!values) return `CAST(${value} AS TEXT)`;
  const cases = Object.entries(values).map(([ours, stored]) => `WHEN ${literal(stored)} THEN ${literal(ours)}`);
  return `CASE ${value} ${cases.join(" ")} ELSE CAST(${value} AS TEXT) END`;
}

function escaped(part: string): string {
  return `replace(replace(${part}, '~', '~0'), '/', '~1')`;
}

/** The SQL of a row's key text. */
export function keyExpression(source: Source, names: Names = {}): string {
  const parts = source.collection.key.map((field) => text(columnOf(source, field), names[ownRow] ?? ownRow));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : parts.map(escaped).join(" || '/' || ");
}

/** The SQL of a row's scope text: every part escaped, null as `~`. */
export function scopeExpression(source: Source, names: Names = {}): string {
  const { scope } = dependentsOf(source);
  if (scope.length === 0) return "''";
  return scope
    .map(({ alias, column }) => `coalesce(${escaped(text(column, names[alias] ?? alias))}, '~')`)
    .join(" || '/' || ");
}

/** The three values of a pending change. */
export function placeValues(source: Source, names: Names = {}): string {
  return `${literal(source.collection.name)}, ${scopeExpression(source, names)}, ${keyExpression(source, names)}`;
}

/**
 * Joins for a FROM clause, each with a space before it. `all`: a row that leads nowhere counts all the same; `reached`:
 * only where the relation is optional, because what enforces the others has captured the row already; `none`: as `all`,
 * and the row of this alias is gone.
 */
export function joined(joins: readonly Join[], mode: "all" | "reached" | { none: string }, names: Names = {}): string {
  return joins
    .map((join) => {
      const kind = mode === "reached" && !join.optional ? "JOIN" : "LEFT JOIN";
      const gone = typeof mode === "object" && mode.none === join.alias;
      const on = gone ? "0" : condition(join, identifier, names);
      return ` ${kind} ${identifier(join.table.name)} ${join.alias} ON ${on}`;
    })
    .join("");
}
