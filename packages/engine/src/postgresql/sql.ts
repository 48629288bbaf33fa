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
