import { toHex } from "@digest-sync/core";
import type { TableName } from "../manifest.js";
import type { SqlValue, Statement } from "../ports.js";

/** A name as MySQL and MariaDB read it, whatever is in it and whatever the SQL mode. */
export function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** A table's name; `schema` is a database in MySQL's words. */
export function tableName({ schema, name }: TableName): string {
  return schema === undefined ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

const utf8 = new TextEncoder();

/** Text as its UTF-8 bytes in hexadecimal digits. */
export const hex = (text: string) => toHex(utf8.encode(text));

/**
 * Text as a literal of its UTF-8 bytes. Neither the SQL mode nor the connection's character set has a say in it, and
 * whatever is compared with it is compared byte by byte.
 */
export function bytes(text: string): string {
  return `X'${hex(text)}'`;
}

/** An integer as a literal. */
export function integer(value: string | number | bigint): string {
  return BigInt(value).toString();
}

/** `IN (...)`; nothing is in an empty list. */
export function among(values: readonly string[]): string {
  return values.length === 0 ? "IN (NULL)" : `IN (${values.join(", ")})`;
}

/** A column of UTF-8 bytes as text, for what is read. */
export function text(expression: string): string {
  return `CONVERT(${expression} USING utf8mb4)`;
}

export function statement(sql: string, ...parameters: SqlValue[]): Statement {
  return { sql, parameters };
}
