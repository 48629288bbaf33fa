import type { SqlValue, Statement } from "../ports.js";

/** A name as SQLite reads it, whatever is in it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal: for DDL, which takes no parameters. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function statement(sql: string, ...parameters: SqlValue[]): Statement {
  return { sql, parameters };
}

/** Lists travel as one JSON parameter; 64-bit integers in it as text, because JSON readers round them. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? one.toString() : one));
}
