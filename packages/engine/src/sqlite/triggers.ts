import { DigestSyncError, sha256, toHex } from "@digest-sync/core";
import type { Source, Trigger } from "../dialect.js";
import type { Column } from "../manifest.js";
import type { Session } from "../ports.js";
import { identifier, literal, statement } from "./sql.js";

/** Names of all triggers of ours begin so. */
export const triggerPrefix = "_digest_";

function column({ table }: Source, field: string): Column {
  const found = table.columns[field];
  if (found) return found;
  throw new DigestSyncError(
    "invalid-manifest",
    `${table.model}.${field} has no column in the manifest: run "prisma generate".`,
    {
      collection: table.model,
      field,
    },
  );
}

/** The columns of the primary key, in key order. */
export function keyColumns(source: Source): string[] {
  return source.collection.key.map((field) => column(source, field).name);
}

/** A field of a row as canonical text; enum values under Prisma's names. */
function text(source: Source, field: string, row: string): string {
  const { name, values } = column(source, field);
  const value = `${row}.${identifier(name)}`;
  if (!values) return `CAST(${value} AS TEXT)`;
  const cases = Object.entries(values).map(([ours, stored]) => `WHEN ${literal(stored)} THEN ${literal(ours)}`);
  return `CASE ${value} ${cases.join(" ")} ELSE CAST(${value} AS TEXT) END`;
}

function escaped(part: string): string {
  return `replace(replace(${part}, '~', '~0'), '/', '~1')`;
}

/** The SQL of a row's key text. `row` is NEW, OLD or a table's alias. */
export function keyExpression(source: Source, row: string): string {
  const parts = source.collection.key.map((field) => text(source, field, row));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : parts.map(escaped).join(" || '/' || ");
}

/** The SQL of a row's scope text: every part escaped, null as `~`. */
export function scopeExpression(source: Source, row: string): string {
  if (source.collection.scope.length === 0) return "''";
  return source.collection.scope
    .map((path) => `coalesce(${escaped(text(source, path, row))}, '~')`)
    .join(" || '/' || ");
}

/** A column of a unique index, with the collation the index compares by. */
interface UniqueColumn {
  readonly name: string;
  readonly collation: string;
}

/** The column groups under which SQLite's REPLACE may evict another row: primary key and unique indexes. */
async function uniqueGroups(session: Session, source: Source): Promise<UniqueColumn[][]> {
  const rows = await session.query<{ index: string; column: string | null; collation: string }>(
    statement(
      `SELECT l.name AS "index", i.name AS "column", i.coll AS "collation"
       FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) i
       WHERE l."unique" = 1 AND i.key = 1 ORDER BY l.name, i.seqno`,
      source.table.name,
    ),
  );
  const groups = new Map<string, UniqueColumn[]>();
  groups.set(
    "",
    keyColumns(source).map((name) => ({ name, collation: "BINARY" })),
  );
  for (const { index, column: name, collation } of rows) {
    // An indexed expression has no column; its other columns alone name too many victims, which is harmless.
    if (name !== null) groups.set(index, [...(groups.get(index) ?? []), { name, collation }]);
  }
  const identity = (group: UniqueColumn[]) => JSON.stringify(group.map((one) => [one.name, one.collation]).sort());
  return [...new Map([...groups.values()].map((group) => [identity(group), group])).values()];
}

/**
 * Columns of which SQLite does not say `UPDATE OF` when they change: rowid under another name, and generated ones.
 * https://www.sqlite.org/lang_createtrigger.html
 */
async function unnamedColumns(session: Session, source: Source): Promise<Set<string>> {
  const columns = await session.query<{ name: string; type: string; key: number | bigint; hidden: number | bigint }>(
    statement(`SELECT "name", "type", "pk" AS "key", "hidden" FROM pragma_table_xinfo(?)`, source.table.name),
  );
  const keys = columns.filter(({ key }) => Number(key) > 0);
  const isRowid = ({ type, key }: { type: string; key: number | bigint }) =>
    Number(key) > 0 && keys.length === 1 && type.toUpperCase() === "INTEGER";
  return new Set(columns.filter((one) => isRowid(one) || Number(one.hidden) > 0).map(({ name }) => name));
}

/**
 * Row triggers that append to the queue in the writer's transaction. They append on every update and let settling
 * find out whether anything changed: comparing values in SQL would go by the column's collation and affinity.
 *
 * The two `victims` triggers run before the write and name the rows that a REPLACE is about to evict through a unique
 * index: SQLite fires no delete trigger for these unless recursive_triggers is on, which it is not by default. They and
 * `move`, which names the place a row leaves, only fire when their columns are written: the driver prepares statements
 * anew, and every trigger that could fire is compiled into each of them.
 */
export async function captureTriggers(session: Session, source: Source): Promise<Trigger[]> {
  const table = identifier(source.table.name);
  const pending = `INSERT INTO "_digest_pending" ("collection", "scope", "key")`;
  const collection = literal(source.collection.name);
  const values = (row: string) => `${collection}, ${scopeExpression(source, row)}, ${keyExpression(source, row)}`;
  const moved = [scopeExpression, keyExpression]
    .map((part) => `(${part(source, "OLD")}) COLLATE BINARY IS NOT (${part(source, "NEW")})`)
    .join(" OR ");

  const groups = await uniqueGroups(session, source);
  const same = (group: readonly UniqueColumn[], row: string) =>
    group
      .map(({ name, collation }) => `v.${identifier(name)} = ${row}.${identifier(name)} COLLATE ${collation}`)
      .join(" AND ");
  const collides = groups.map((group) => `(${same(group, "NEW")})`).join(" OR ");
  const itself = keyColumns(source)
    .map((name) => `v.${identifier(name)} = OLD.${identifier(name)}`)
    .join(" AND ");
  const evicted = `${pending} SELECT ${values("v")} FROM ${table} v WHERE (${collides})`;
  // With the primary key alone, a victim has the new row's key; its place is new only if the scope differs.
  const scoped = source.collection.scope.length > 0;

  const unnamed = await unnamedColumns(session, source);
  const updateOf = (names: readonly string[]) =>
    names.some((name) => unnamed.has(name)) ? "UPDATE" : `UPDATE OF ${[...new Set(names)].map(identifier).join(", ")}`;
  const placed = [...source.collection.key, ...source.collection.scope].map((field) => column(source, field).name);
  const unique = groups.flat().map(({ name }) => name);

  const bodies: [string, string, string][] = [
    ["insert", "AFTER INSERT", `${pending} VALUES (${values("NEW")});`],
    ["update", "AFTER UPDATE", `${pending} VALUES (${values("NEW")});`],
    ["move", `AFTER ${updateOf(placed)}`, `${pending} SELECT ${values("OLD")} WHERE ${moved};`],
    ["delete", "AFTER DELETE", `${pending} VALUES (${values("OLD")});`],
  ];
  if (groups.length > 1 || scoped) bodies.push(["insert_victims", "BEFORE INSERT", `${evicted};`]);
  bodies.push(["update_victims", `BEFORE ${updateOf(unique)}`, `${evicted} AND NOT (${itself});`]);

  return bodies.map(([kind, event, body]) => {
    const definition = `${event} ON ${table} BEGIN ${body} END`;
    const name = `${triggerPrefix}${source.table.model}_${kind}_${toHex(sha256(new TextEncoder().encode(definition))).slice(0, 8)}`;
    const create = statement(`CREATE TRIGGER IF NOT EXISTS ${identifier(name)} ${definition}`);
    return { name, table: { name: source.table.name }, statements: [create] };
  });
}
