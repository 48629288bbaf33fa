import { keyColumns, ownRow, storedKey } from "../dependents.js";
import type { Dialect, Source } from "../dialect.js";
import { output, placesOf } from "./places.js";
import { identifier, literal, qualified, statement, text } from "./sql.js";

const columns = (source: Source) => keyColumns(source).map((name) => `${ownRow}.${identifier(name)}`);

/**
 * The rows of a table after one primary key and up to another; a key is a JSON list of its columns' texts. They are
 * bound one by one and without a cast, so that PostgreSQL reads them as what the columns are.
 */
function range(source: Source, after: string | null, end: string | null): { where: string; parameters: string[] } {
  const names = columns(source);
  const conditions: string[] = [];
  const parameters: string[] = [];
  for (const [operator, key] of [
    [">", after],
    ["<=", end],
  ] as const) {
    if (key === null) continue;
    const values: string[] = JSON.parse(key);
    conditions.push(
      `(${names.join(", ")}) ${operator} (${values.map((_, i) => `$${parameters.length + i + 1}`).join(", ")})`,
    );
    parameters.push(...values);
  }
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "", parameters };
}

/** Statements over the app's own tables: what was there before the triggers, and what the audit reads. */
export const sources = {
  chunkEnd: (source, after, limit) => {
    const { where, parameters } = range(source, after, null);
    const names = columns(source);
    return statement(
      `SELECT json_build_array(${names.map(output).join(", ")})::text AS "end" FROM ${qualified(source.table)} ${ownRow}
       ${where} ORDER BY ${names.join(", ")} LIMIT 1 OFFSET ${limit - 1}`,
      ...parameters,
    );
  },
  appendChunk: (source, after, end) => {
    const { where, parameters } = range(source, after, end);
    return statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT ${literal(source.collection.name)}, p.* FROM (${placesOf(source, qualified(source.table))} ${where}) p`,
      ...parameters,
    );
  },
  appendStored: (collection) =>
    statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT s."collection", s."scope", r."key" FROM "_digest_scope" s JOIN "_digest_row" r ON r."scope_id" = s."id"
       WHERE s."collection" = $1::text`,
      collection,
    ),
  sourceChunk: (source, after, end) => {
    const { where, parameters } = range(source, after, end);
    return statement(`${placesOf(source, qualified(source.table))} ${where}`, ...parameters);
  },
  placesAt: (source, keys) => {
    const names = columns(source);
    const values = keys.flatMap((key) => storedKey(source, key).map(String));
    const tuples = keys.map((_, i) => `(${names.map((_, j) => `$${i * names.length + j + 1}`).join(", ")})`);
    return statement(
      `${placesOf(source, qualified(source.table))} WHERE (${names.join(", ")}) IN (${tuples.join(", ")})`,
      ...values,
    );
  },
  missingDigests: (source, scope, scopeId) =>
    statement(
      `SELECT p."key" FROM (${placesOf(source, qualified(source.table))}) p WHERE p."scope" = $1::text
       AND NOT EXISTS (SELECT 1 FROM "_digest_row" r WHERE r."scope_id" = $2::bigint AND r."key" = p."key")`,
      text(scope),
      scopeId,
    ),
} satisfies Partial<Dialect>;
