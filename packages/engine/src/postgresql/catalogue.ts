import { DigestSyncError } from "@digest-sync/core";
import type { InstalledTrigger, Source } from "../dialect.js";
import type { TableName } from "../manifest.js";
import type { Session } from "../ports.js";
import { qualified, statement } from "./sql.js";
import { tableNames, unfinishedTables } from "./tables.js";

/** Names of all triggers of ours begin so. */
export const triggerPrefix = "_digest_";

/** What triggers need to know of a table. */
export interface TableFacts {
  /** Where it is; found along the search_path when the manifest does not say. */
  readonly schema: string;
  /** The schema of our own tables. */
  readonly ownSchema: string;
  /**
   * Writes reach it past its statement triggers: it is partitioned (and they go to a partition), a partition itself (and
   * they go to the whole), or what a subscription replicates into, which fires row triggers only.
   */
  readonly rowTriggers: boolean;
}

/** The schemas of the search_path that exist, by rank. */
const searchPath = `unnest(current_schemas(false)) WITH ORDINALITY p(schema, rank)`;

/** The schema of our tables: the first that has them, and before there are any, the one in which they will be made. */
export const ownSchema = `coalesce((SELECT p.schema FROM ${searchPath} JOIN pg_catalog.pg_class c
  ON c.relname = '_digest_pending' AND c.relnamespace = quote_ident(p.schema)::regnamespace ORDER BY p.rank LIMIT 1), current_schema())`;

/** Tables (ordinary and partitioned) by the names in parameters 1 (schemas, or null) and 2, the first along the search_path. */
export const namedTables = `SELECT DISTINCT ON (w.at) w.at, w.name, c.oid, n.nspname::text AS schema, c.relkind, c.relispartition
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w(schema, name, at)
  JOIN pg_catalog.pg_class c ON c.relname = w.name AND c.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN ${searchPath} ON p.schema = n.nspname
  WHERE CASE WHEN w.schema IS NULL THEN p.rank IS NOT NULL ELSE n.nspname = w.schema END ORDER BY w.at, p.rank`;

/** The two parameters of `namedTables`. */
export const tableArrays = (tables: readonly TableName[]) =>
  [tables.map(({ schema }) => schema ?? null), tables.map(({ name }) => name)] as const;

/** A collection with the schema of every table that its triggers name: their search_path is fixed. */
export interface LocatedSource {
  readonly source: Source;
  facts(table: TableName): TableFacts;
}

/** Looks up where the tables are that a collection's triggers stand on or look into. */
export async function locate(session: Session, source: Source): Promise<LocatedSource> {
  const facts = new Map<string, TableFacts>();
  const { paths = {}, lists = {} } = source.table;
  const hops = Object.values(paths).flatMap((path) => path.hops.map(({ table }) => table));
  const tables = [source.table, ...hops, ...Object.values(lists).flatMap(({ join, to }) => [join, to])];
  const rows = await session.query<{ at: number | bigint; schema: string; own: string; rows: boolean }>(
    statement(
      `SELECT t.at, t.schema, ${ownSchema}::text AS "own", t.relkind = 'p' OR t.relispartition
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_subscription_rel s WHERE s.srrelid = t.oid) AS "rows" FROM (${namedTables}) t`,
      ...tableArrays(tables),
    ),
  );
  for (const { at, schema, own, rows: rowTriggers } of rows) {
    const table = tables[Number(at) - 1] as TableName;
    const found = { schema, ownSchema: own, rowTriggers };
    facts.set(qualified(table), found);
    facts.set(qualified({ schema, name: table.name }), found);
  }
  const factsOf = (table: TableName) => {
    const found = facts.get(qualified(table));
    if (found) return found;
    throw new DigestSyncError(
      "not-installed",
      `The database has no table ${qualified(table)}: run your migrations first.`,
    );
  };
  const placed = <T extends TableName>(table: T): T => ({ ...table, schema: factsOf(table).schema });
  const each = <T>(record: Readonly<Record<string, T>>, change: (one: T) => T) =>
    Object.fromEntries(Object.entries(record).map(([name, one]) => [name, change(one)]));
  const table = {
    ...placed(source.table),
    paths: each(paths, (path) => ({ ...path, hops: path.hops.map((hop) => ({ ...hop, table: placed(hop.table) })) })),
    lists: each(lists, (list) => ({ ...list, join: placed(list.join), to: placed(list.to) })),
  };
  return { source: { ...source, table }, facts: factsOf };
}

/** Which of these tables do not exist, or (ours) are not as `install` leaves them. */
export async function missingTables(session: Session, tables: readonly TableName[]): Promise<string[]> {
  const found = await session.query<{ at: number | bigint }>(
    statement(`SELECT t.at FROM (${namedTables}) t`, ...tableArrays(tables)),
  );
  const present = new Set(found.map(({ at }) => Number(at)));
  const missing = tables.filter((_, index) => !present.has(index + 1)).map(({ name }) => name);
  if (!tables.some(({ schema, name }) => schema === undefined && tableNames.includes(name))) return missing;
  const unfinished = await session.query<{ name: string }>(unfinishedTables);
  return [...missing, ...unfinished.map(({ name }) => name)];
}

/**
 * Our triggers. One that is disabled, or whose function is not what the trigger's name says (it ends in the function's
 * hash), captures nothing one could rely on.
 */
export async function installedTriggers(session: Session): Promise<InstalledTrigger[]> {
  const rows = await session.query<{ name: string; schema: string; table: string; works: boolean }>(
    statement(
      `SELECT t.tgname::text AS "name", n.nspname::text AS "schema", c.relname::text AS "table",
       t.tgenabled = 'A' AND p.prosecdef AND p.proname = t.tgname
       AND right(p.proname, 8) = left(encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 8) AS "works"
       FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
       JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE starts_with(t.tgname, $1::text) AND NOT t.tgisinternal AND t.tgparentid = 0
       AND p.pronamespace = quote_ident(${ownSchema})::regnamespace`,
      triggerPrefix,
    ),
  );
  return rows.map(({ name, schema, table, works }) => ({
    name,
    table: { schema, name: table },
    ...(works ? {} : { broken: true as const }),
  }));
}

/** A write to a table also reaches the rows of those that inherit it, and fires the statement triggers of none of these. */
export async function inheritedTables(session: Session, tables: readonly TableName[]): Promise<string[]> {
  const found = await session.query<{ schema: string; name: string; parent: string; child: string }>(
    statement(
      `SELECT t.schema, t.name, i.inhparent::regclass::text AS "parent", i.inhrelid::regclass::text AS "child"
       FROM (${namedTables}) t JOIN pg_catalog.pg_inherits i ON t.oid IN (i.inhparent, i.inhrelid)
       WHERE t.relkind = 'r' AND NOT t.relispartition ORDER BY t.at, i.inhrelid`,
      ...tableArrays(tables),
    ),
  );
  return found.map(
    ({ schema, name, parent, child }) =>
      `Table ${qualified({ schema, name })} cannot be synced: ${child} inherits ${parent}, and writes to one reach the other's rows ` +
      `past its triggers. Partition the table instead (PARTITION BY).`,
  );
}
