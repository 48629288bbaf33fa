import { columnOf, dependentsOf, keyColumns, ownRow, storedKey } from "../dependents.js";
import type { Dialect, Source } from "../dialect.js";
import { joined, keyExpression, placeValues, scopeExpression } from "./places.js";
import { among, bytes, identifier, integer, statement, tableName, text } from "./sql.js";

/** A key column: how a position names its value, and how it is ordered and compared with one. */
interface KeyColumn {
  readonly value: string;
  readonly order: string;
  literal(value: string): string;
}

function keyColumn(source: Source, field: string): KeyColumn {
  const column = `${ownRow}.${identifier(columnOf(source, field).name)}`;
  switch (source.collection.fields.find(({ name }) => name === field)?.type) {
    case "Int":
    case "BigInt":
      return { value: `CAST(${column} AS CHAR)`, order: column, literal: integer };
    // Ordered by their place in the column's definition, compared by their text.
    case "Enum":
      return { value: `CAST(${column} + 0 AS CHAR)`, order: `${column} + 0`, literal: integer };
    // A literal: the column's own collation decides.
    default:
      return { value: text(column), order: column, literal: (value) => `_utf8mb4 ${bytes(value)}` };
  }
}

const keyOf = (source: Source) => source.collection.key.map((field) => keyColumn(source, field));

/** `order` of these columns is behind (or not behind) a position: as nested comparisons, which an index can serve. */
function beyond(columns: readonly KeyColumn[], values: readonly string[], operator: ">" | "<="): string {
  const [first, ...rest] = columns;
  const [value, ...others] = values;
  if (first === undefined || value === undefined) return operator === ">" ? "FALSE" : "TRUE";
  const literal = first.literal(value);
  if (rest.length === 0) return `${first.order} ${operator} ${literal}`;
  const outer = operator === ">" ? ">=" : "<=";
  const strict = operator === ">" ? ">" : "<";
  return `(${first.order} ${outer} ${literal} AND (${first.order} ${strict} ${literal} OR ${beyond(rest, others, operator)}))`;
}

/** The rows of a table after one primary key and up to another; keys travel as a JSON list of texts. */
function range(source: Source, after: string | null, end: string | null): string {
  const columns = keyOf(source);
  const conditions: string[] = [];
  for (const [operator, position] of [
    [">", after],
    ["<=", end],
  ] as const) {
    if (position !== null) conditions.push(beyond(columns, JSON.parse(position), operator));
  }
  return conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
}

const from = ({ table }: Source) => `FROM ${tableName(table)} ${ownRow}`;
const fromAll = (source: Source) => `${from(source)}${joined(dependentsOf(source).joins)}`;

/** Statements over the app's own tables: what was there before the triggers, and what the audit reads. */
export const sources = {
  chunkEnd: (source, after, limit) => {
    const columns = keyOf(source);
    return statement(
      `SELECT CAST(JSON_ARRAY(${columns.map(({ value }) => value).join(", ")}) AS CHAR) AS \`end\` ${from(source)} ${range(source, after, null)}
       ORDER BY ${columns.map(({ order }) => order).join(", ")} LIMIT 1 OFFSET ${integer(limit - 1)}`,
    );
  },
  appendChunk: (source, after, end) =>
    statement(
      `INSERT INTO \`_digest_pending\` (\`collection\`, \`scope\`, \`key\`)
       SELECT ${placeValues(source, [])} ${fromAll(source)} ${range(source, after, end)}`,
    ),
  appendStored: (collection) =>
    statement(
      `INSERT INTO \`_digest_pending\` (\`collection\`, \`scope\`, \`key\`)
       SELECT s.\`collection\`, s.\`scope\`, r.\`key\` FROM \`_digest_scope\` s JOIN \`_digest_row\` r ON r.\`scope_id\` = s.\`id\`
       WHERE s.\`collection\` = ${bytes(collection)}`,
    ),
  sourceChunk: (source, after, end) =>
    statement(
      `SELECT ${text(keyExpression(source))} AS \`key\`, ${text(scopeExpression(source))} AS \`scope\`
       ${fromAll(source)} ${range(source, after, end)}`,
    ),
  placesAt: (source, keys) => {
    const { key, fields } = source.collection;
    const isInteger = key.map((name) => /Int$/.test(fields.find((field) => field.name === name)?.type ?? ""));
    const tuples = keys.map((values) => {
      const literals = storedKey(source, values).map((value, i) =>
        isInteger[i] ? integer(value) : `_utf8mb4 ${bytes(String(value))}`,
      );
      return `(${literals.join(", ")})`;
    });
    const columns = keyColumns(source).map((name) => `${ownRow}.${identifier(name)}`);
    return statement(
      `SELECT ${text(keyExpression(source))} AS \`key\`, ${text(scopeExpression(source))} AS \`scope\`
       ${fromAll(source)} WHERE (${columns.join(", ")}) ${among(tuples)}`,
    );
  },
  missingDigests: (source, scope, scopeId) =>
    statement(
      `SELECT ${text("k.`key`")} AS \`key\` FROM (SELECT ${keyExpression(source)} AS \`key\` ${fromAll(source)}
       WHERE ${scopeExpression(source)} = ${bytes(scope)}) k
       WHERE NOT EXISTS (SELECT 1 FROM \`_digest_row\` r WHERE r.\`scope_id\` = ${integer(scopeId)} AND r.\`key\` = k.\`key\`)`,
    ),
} satisfies Partial<Dialect>;
