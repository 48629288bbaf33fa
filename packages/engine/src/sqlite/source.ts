import { dependentsOf, keyColumns, ownRow, storedKey } from "../dependents.js";
import type { Dialect, Source } from "../dialect.js";
import { joined, keyExpression, placeValues, scopeExpression } from "./places.js";
import { identifier, json, statement } from "./sql.js";

const columns = (source: Source) => keyColumns(source).map((name) => `${ownRow}.${identifier(name)}`);

/** The collection's table, and those that its scope needs. */
const tables = (source: Source) =>
  `${identifier(source.table.name)} ${ownRow}${joined(dependentsOf(source).joins, "all")}`;

/** The rows of a table after one primary key and up to another; keys travel as a JSON list of column values. */
function range(source: Source, after: string | null, end: string | null): { where: string; parameters: string[] } {
  const names = columns(source);
  const bound = (operator: string) =>
    `(${names.join(", ")}) ${operator} (${names.map((_, index) => `json_extract(?, '$[${index}]')`).join(", ")})`;
  const conditions: string[] = [];
  const parameters: string[] = [];
  for (const [operator, position] of [
    [">", after],
    ["<=", end],
  ] as const) {
    if (position === null) continue;
    conditions.push(bound(operator));
    parameters.push(...names.map(() => position));
  }
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "", parameters };
}

/** Statements over the app's own tables: what was there before the triggers, and what the audit reads. */
export const sources = {
  chunkEnd: (source, after, limit) => {
    const { where, parameters } = range(source, after, null);
    const names = columns(source).join(", ");
    return statement(
      `SELECT json_array(${names}) AS "end" FROM ${identifier(source.table.name)} ${ownRow} ${where} ORDER BY ${names} LIMIT 1 OFFSET ?`,
      ...parameters,
      limit - 1,
    );
  },
  appendChunk: (source, after, end) => {
    const { where, parameters } = range(source, after, end);
    return statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key") SELECT ${placeValues(source)} FROM ${tables(source)} ${where}`,
      ...parameters,
    );
  },
  appendStored: (collection) =>
    statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT s."collection", s."scope", r."key" FROM "_digest_scope" s JOIN "_digest_row" r ON r."scope_id" = s."id"
       WHERE s."collection" = ?`,
      collection,
    ),
  sourceChunk: (source, after, end) => {
    const { where, parameters } = range(source, after, end);
    return statement(
      `SELECT ${keyExpression(source)} AS "key", ${scopeExpression(source)} AS "scope" FROM ${tables(source)} ${where}`,
      ...parameters,
    );
  },
  placesAt: (source, keys) => {
    const same = columns(source).map((name, index) => `${name} = json_extract(k.value, '$[${index}]')`);
    return statement(
      `SELECT ${keyExpression(source)} AS "key", ${scopeExpression(source)} AS "scope" FROM json_each(?) k
       CROSS JOIN ${identifier(source.table.name)} ${ownRow} ON ${same.join(" AND ")}${joined(dependentsOf(source).joins, "all")}`,
      json(keys.map((key) => storedKey(source, key))),
    );
  },
  missingDigests: (source, scope, scopeId) =>
    statement(
      `SELECT k."key" FROM (SELECT ${keyExpression(source)} AS "key" FROM ${tables(source)}
       WHERE ${scopeExpression(source)} = ? COLLATE BINARY) k
       WHERE NOT EXISTS (SELECT 1 FROM "_digest_row" r WHERE r."scope_id" = ? AND r."key" = k."key" COLLATE BINARY)`,
      scope,
      scopeId,
    ),
} satisfies Partial<Dialect>;
