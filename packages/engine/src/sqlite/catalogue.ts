import type { TableName } from "../manifest.js";
import type { Session } from "../ports.js";
import { identifier, json, statement } from "./sql.js";

/** A column of a unique index, with the collation the index compares by. */
interface UniqueColumn {
  readonly name: string;
  readonly collation: string;
}

/** What SQLite's own catalogue says about a table, for triggers on it. */
export interface TableFacts {
  /** Every column of a primary key or unique index. */
  readonly unique: readonly string[];
  /** How many groups of columns are unique, the primary key included. */
  readonly groups: number;
  /** SQL: the row `v` has a value that this row's place would take, so that REPLACE evicts it. */
  collides(row: string): string;
  /** `UPDATE OF` these columns, or `UPDATE` where SQLite does not say so of one of them. */
  updateOf(columns: readonly string[]): string;
}

/** @param primary the columns of the primary key; read from the database when they are not known */
export async function tableFacts(session: Session, table: string, primary?: readonly string[]): Promise<TableFacts> {
  const columns = await session.query<{ name: string; type: string; key: number | bigint; hidden: number | bigint }>(
    statement(`SELECT "name", "type", "pk" AS "key", "hidden" FROM pragma_table_xinfo(?) ORDER BY "pk", "cid"`, table),
  );
  const keys = columns.filter(({ key }) => Number(key) > 0);
  // Columns of which SQLite does not say `UPDATE OF` when they change: rowid under another name, and generated ones.
  // https://www.sqlite.org/lang_createtrigger.html
  const isRowid = ({ type, key }: { type: string; key: number | bigint }) =>
    Number(key) > 0 && keys.length === 1 && type.toUpperCase() === "INTEGER";
  const unnamed = new Set(columns.filter((one) => isRowid(one) || Number(one.hidden) > 0).map(({ name }) => name));
  const groups = await uniqueGroups(session, table, primary ?? keys.map(({ name }) => name));
  const same = (group: readonly UniqueColumn[], row: string) =>
    group
      .map(({ name, collation }) => `v.${identifier(name)} = ${row}.${identifier(name)} COLLATE ${collation}`)
      .join(" AND ");
  return {
    unique: groups.flat().map(({ name }) => name),
    groups: groups.length,
    collides: (row) => groups.map((group) => `(${same(group, row)})`).join(" OR "),
    updateOf: (names) =>
      names.some((name) => unnamed.has(name))
        ? "UPDATE"
        : `UPDATE OF ${[...new Set(names)].map(identifier).join(", ")}`,
  };
}

/** The column groups under which SQLite's REPLACE may evict another row: primary key and unique indexes. */
async function uniqueGroups(session: Session, table: string, primary: readonly string[]): Promise<UniqueColumn[][]> {
  const rows = await session.query<{ index: string; column: string | null; collation: string }>(
    statement(
      `SELECT l.name AS "index", i.name AS "column", i.coll AS "collation"
       FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) i
       WHERE l."unique" = 1 AND i.key = 1 ORDER BY l.name, i.seqno`,
      table,
    ),
  );
  const groups = new Map<string, UniqueColumn[]>();
  if (primary.length > 0) {
    groups.set(
      "",
      primary.map((name) => ({ name, collation: "BINARY" })),
    );
  }
  for (const { index, column: name, collation } of rows) {
    // An indexed expression has no column; its other columns alone name too many victims, which is harmless.
    if (name !== null) groups.set(index, [...(groups.get(index) ?? []), { name, collation }]);
  }
  const identity = (group: UniqueColumn[]) => JSON.stringify(group.map((one) => [one.name, one.collation]).sort());
  return [...new Map([...groups.values()].map((group) => [identity(group), group])).values()];
}

/** SQLite has no triggers on virtual tables. */
export async function virtualTables(session: Session, tables: readonly TableName[]): Promise<string[]> {
  const found = await session.query<{ name: string }>(
    statement(
      `SELECT "name" FROM pragma_table_list WHERE "type" = 'virtual' AND "name" IN (SELECT value FROM json_each(?))`,
      json(tables.map(({ name }) => name)),
    ),
  );
  return found.map(({ name }) => `Table ${name} is a virtual table, which can have no triggers: sync an ordinary one.`);
}
