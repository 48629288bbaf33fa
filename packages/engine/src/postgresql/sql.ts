import type { TableName } from "../manifest.js";
import type { SqlValue, Statement } from "../ports.js";

/** A name as PostgreSQL reads it, whatever is in it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table's name; without a schema it is looked for along the connection's search_path. */
export function qualified({ schema, name }: TableName): string {
  return schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

/** A text literal: for DDL, which takes no parameters. `E` because of backslashes under any standard_conforming_strings. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}

/** `$` is PostgreSQL's placeholder: $1 is the first parameter. */
export function statement(sql: string, ...parameters: SqlValue[]): Statement {
  return { sql, parameters };
}

// Lists travel as arrays, one for each column, and are cast: nothing else tells their type. 64-bit integers travel as
// text in them.

/** PostgreSQL knows no NUL in text: `~2`, which escaping cannot produce, stands for it, so that a scope with a NUL is one that no row is in. */
export const text = (value: string) => value.replaceAll("\0", "~2");

export const keys = (rows: readonly { readonly key: string }[]) => rows.map(({ key }) => text(key));
