import type { Dialect, Source } from "../dialect.js";
import { identifier, literal, statement } from "./sql.js";
import { keyColumns, keyExpression, scopeExpression } from "./triggers.js";

const columns = (source: Source) => keyColumns(source).map(identifier);

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
      `SELECT json_array(${names}) AS "end" FROM ${identifier(source.table.name)} ${where} ORDER BY ${names} LIMIT 1 OFFSET ?`,
      ...parameters,
      limit - 1,
    );
  },
  appendChunk: (source, after, end) => {
    const { where, parameters } = range(source, after, end);
    const values = `${literal(source.collection.name)}, ${scopeExpression(source, "t")}, ${keyExpression(source, "t")}`;
    return statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key") SELECT ${values} FROM ${identifier(source.table.name)} t ${where}`,
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
      `SELECT ${keyExpression(source, "t")} AS "key", ${scopeExpression(source, "t")} AS "scope"
       FROM ${identifier(source.table.name)} t ${where}`,
      ...parameters,
    );
  },
  missingDigests: (source, scope, scopeId) =>
    statement(
      `SELECT k."key" FROM (SELECT ${keyExpression(source, "t")} AS "key" FROM ${identifier(source.table.name)} t
       WHERE ${scopeExpression(source, "t")} = ? COLLATE BINARY) k
       WHERE NOT EXISTS (SELECT 1 FROM "_digest_row" r WHERE r."scope_id" = ? AND r."key" = k."key" COLLATE BINARY)`,
      scope,
      scopeId,
    ),
} satisfies Partial<Dialect>;
