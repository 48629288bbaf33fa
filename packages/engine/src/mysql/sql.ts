import { toHex } from "@digest-sync/core";
import type { ScopeId } from "../dialect.js";
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

export const ids = (scopeIds: readonly ScopeId[]) => among(scopeIds.map(integer));

/**
 * GROUP_CONCAT and MariaDB's JSON_ARRAYAGG silently cut what is longer than `group_concat_max_len` (1 KB, 1 MB). Raised
 * for one statement: MariaDB reads the first comment, MySQL the second, and neither changes the pooled session.
 */
export const packed = (select: string, ...parameters: SqlValue[]) =>
  statement(
    `/*M!100100 SET STATEMENT group_concat_max_len=1073741824 FOR */ SELECT /*+ SET_VAR(group_concat_max_len=1073741824) */ ${select}`,
    ...parameters,
  );

/** A JSON array of all rows' tuples; null without rows. */
export const list = (tuple: string, order = "") =>
  `CONCAT('[', GROUP_CONCAT(JSON_ARRAY(${tuple})${order} SEPARATOR ','), ']')`;
