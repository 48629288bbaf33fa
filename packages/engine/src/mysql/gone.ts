import type { Source } from "../dialect.js";
import type { ForeignKey, TableName } from "../manifest.js";
import { cascades, type Touched, tableId, touchedByDelete } from "./graph.js";
import { identifier, tableName } from "./sql.js";

/**
 * The rows that go with a deleted one and take or change others in turn, as a recursive query: whatever the depth, and
 * however many ways lead to a row. Only what the next step needs of them: the columns that other tables refer to.
 */
export class Gone {
  readonly #root: TableName;
  /** The tables of these rows, by id; the root too if a cycle leads back to it. */
  readonly #tables = new Map<string, { readonly number: number; readonly columns: Map<string, string> }>();
  readonly #keys: readonly ForeignKey[];
  /** What is changed or deleted next to rows of these tables, or of the root, and matters to the collection. */
  readonly touched: ReadonlyMap<string, readonly Touched[]>;

  /** @param matters whether rows that are touched so matter to the collection */
  constructor(source: Source, root: TableName, matters: (touched: Touched) => boolean) {
    this.#root = root;
    const all = cascades(source, root);
    const touched = new Map<string, Touched[]>();
    for (const table of [root, ...all.map((key) => key.table)])
      touched.set(tableId(table), touchedByDelete(source, table).filter(matters));
    this.touched = touched;
    this.#keys = relevant(all, touched);
    for (const { table } of this.#keys) {
      if (this.#tables.has(tableId(table))) continue;
      this.#tables.set(tableId(table), { number: this.#tables.size + 1, columns: new Map() });
    }
    let column = 0;
    const needed = [...this.#keys, ...[...touched.values()].flat().flatMap(({ chain }) => chain.slice(0, 1))];
    for (const { to, references } of needed) {
      const columns = this.#tables.get(tableId(to))?.columns;
      for (const name of references) if (columns && !columns.has(name)) columns.set(name, `c${++column}`);
    }
  }

  /** Whether rows of other tables, or other rows of the same, go with the deleted one. */
  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  /** Of which rows are in this query. */
  get tables(): readonly TableName[] {
    return this.#keys.map(({ table }) => table).filter((one, i, all) => indexOfTable(all, one) === i);
  }

  has(table: TableName): boolean {
    return this.#tables.has(tableId(table));
  }

  /** The condition under which the row `gone` of this query is the one that a foreign key's columns refer to. */
  refers(key: ForeignKey, row: string, gone: string): string {
    const table = this.#tables.get(tableId(key.to));
    const equal = key.references.map(
      (name, i) => `${row}.${identifier(key.columns[i] as string)} = ${gone}.${table?.columns.get(name)}`,
    );
    return [...equal, `${gone}.n = ${table?.number}`].join(" AND ");
  }

  /** `WITH RECURSIVE gone (...) AS (...)`. The first member has no row; it gives the columns their types. */
  query(lock: string): string {
    const tables = [...this.#tables.entries()];
    const names = tables.flatMap(([, { columns }]) => [...columns.values()]);
    const typed = tables.flatMap(([, { number, columns }]) =>
      [...columns].map(([name, as]) => `t${number}.${identifier(name)} AS ${as}`),
    );
    const from = this.tables
      .map((table) => ` LEFT JOIN ${tableName(table)} t${this.#numberOf(table)} ON FALSE`)
      .join("");
    const members = this.#keys.flatMap((key) => {
      const own = this.#tables.get(tableId(key.table));
      const select = `SELECT ${[
        own?.number,
        ...tables.flatMap(([id, { columns }]) =>
          [...columns.keys()].map((name) => (id === tableId(key.table) ? `a.${identifier(name)}` : "NULL")),
        ),
      ].join(", ")}`;
      const direct = `${select} FROM ${tableName(key.table)} a WHERE ${refersTo(key, "a", "OLD")}`;
      const next = `${select} FROM gone g STRAIGHT_JOIN ${tableName(key.table)} a ON ${this.refers(key, "a", "g")}`;
      return [
        ...(tableId(key.to) === tableId(this.#root) ? [{ sql: direct, recursive: false }] : []),
        ...(this.has(key.to) ? [{ sql: next, recursive: true }] : []),
      ];
    });
    // MariaDB parses a query that is not recursive anew for each reference, and no longer knows OLD then.
    if (!members.some(({ recursive }) => recursive))
      members.push({ sql: `SELECT ${["n", ...names].join(", ")} FROM gone WHERE FALSE`, recursive: true });
    const ordered = [...members.filter((one) => !one.recursive), ...members.filter((one) => one.recursive)];
    const first = `SELECT ${["0 AS n", ...typed].join(", ")} FROM (SELECT 1 AS one) o${from}`;
    return `WITH RECURSIVE gone (${["n", ...names].join(", ")}) AS (${[
      first,
      ...ordered.map(({ sql }) => `(${sql} ${lock})`),
    ].join(" UNION ")})`;
  }

  #numberOf(table: TableName): number | undefined {
    return this.#tables.get(tableId(table))?.number;
  }
}

const indexOfTable = (tables: readonly TableName[], table: TableName) =>
  tables.findIndex((one) => tableId(one) === tableId(table));

/** The condition under which a row of the foreign key's table refers to `to`: OLD, NEW. */
export function refersTo(key: ForeignKey, row: string, to: string): string {
  return key.references
    .map((name, i) => `${row}.${identifier(key.columns[i] as string)} = ${to}.${identifier(name)}`)
    .join(" AND ");
}

/** Those cascades behind which something is touched. */
function relevant(all: readonly ForeignKey[], touched: ReadonlyMap<string, readonly Touched[]>): ForeignKey[] {
  const tables = new Set([...touched].filter(([, found]) => found.length > 0).map(([id]) => id));
  for (let size = -1; size !== tables.size; ) {
    size = tables.size;
    for (const key of all) if (tables.has(tableId(key.table))) tables.add(tableId(key.to));
  }
  return all.filter((key) => tables.has(tableId(key.table)));
}
