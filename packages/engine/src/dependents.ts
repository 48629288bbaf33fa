import { DigestSyncError } from "@digest-sync/core";
import type { Source } from "./dialect.js";
import type { Column, Hop, TableName } from "./manifest.js";
import type { KeyValues } from "./ports.js";

/** The alias of the collection's own row. */
export const ownRow = "t";
/** The alias of the row that a watched table's trigger fires for: a dialect puts OLD or NEW in its place. */
export const watchedRow = "w";

/** One table more: its row is the one in which all of `on` are equal. */
export interface Join {
  readonly alias: string;
  readonly table: TableName;
  /** A column of this table, and the column of an alias before it that it equals. */
  readonly on: readonly { readonly column: string; readonly alias: string; readonly equals: string }[];
  /** There may be no such row, and the collection's row is there all the same: its scope value is null. */
  readonly optional: boolean;
}

/** One value of a scope, and the alias that has it. */
export interface ScopePart {
  readonly alias: string;
  readonly column: Column;
}

/** A table whose rows decide in which scope the collection's rows are, or what their lists hold. */
export interface Watch {
  readonly table: TableName;
  /**
   * `parent`: on a scope path. `link`: the join table of a list. `target`: the other side of a list, which matters only
   * where a link may outlive the row that it refers to.
   */
  readonly kind: "parent" | "link" | "target";
  /** The columns whose change matters. */
  readonly columns: readonly string[];
  /** Those of them by which the first step finds the rows that depend on the watched one. */
  readonly references: readonly string[];
  /** Down from the watched row (`watchedRow`) to the collection's rows (`ownRow`, the last). All are inner joins. */
  readonly steps: readonly Join[];
  /** What else the scope needs, after the steps: the watched table again, as it is in the database, and other paths. */
  readonly joins: readonly Join[];
  /** A parent's alias among `joins`: with NEW in its place, `joins` without it lead to the scopes after the write. */
  readonly alias?: string;
  /** A row may go on without this one: the relation is optional, or nothing enforces it. */
  readonly optional: boolean;
}

/** How a collection's rows depend on other tables. */
export interface Dependents {
  /** Up from the collection's own row (`ownRow`) to every value of its scope. Empty when they are all its own. */
  readonly joins: readonly Join[];
  /** The scope's values, in order. */
  readonly scope: readonly ScopePart[];
  /** The other tables that need triggers. One table may be there more than once, in several roles. */
  readonly watches: readonly Watch[];
}

/** A join of a scope path, with what leads to it. */
interface Node extends Join {
  readonly hop: Hop;
  readonly before: Node | undefined;
  /** Columns that the scope, or the next hop, reads. */
  readonly reads: Set<string>;
}

/**
 * Works out what a collection's rows depend on beside their own table. Paths that begin alike share their joins.
 *
 * @throws DigestSyncError `invalid-manifest` when a scope field has neither a column nor a path
 * @example
 * // Message, scoped by chat.accountId
 * const { joins, scope, watches } = dependentsOf(source)
 * // joins: Chat j1 ON j1.id = t.chatId; scope: j1.accountId
 * // watches: Chat, columns accountId and id, step Message t ON t.chatId = w.id
 */
export function dependentsOf(source: Source): Dependents {
  const nodes: Node[] = [];
  const scope = source.collection.scope.map((name): ScopePart => {
    const own = source.table.columns[name];
    if (own) return { alias: ownRow, column: own };
    const path = source.table.paths?.[name];
    if (!path) throw noColumn(source, name);
    let node: Node | undefined;
    for (const hop of path.hops) node = nodeOf(source, nodes, hop, node);
    node?.reads.add(path.column.name);
    return { alias: node?.alias ?? ownRow, column: path.column };
  });
  const joins = nodes.map(plain);
  return { joins, scope, watches: [...nodes.map((node) => parent(source, nodes, node)), ...lists(source, joins)] };
}

/** The column of one of the collection's own fields. */
export function columnOf(source: Source, field: string): Column {
  const column = source.table.columns[field];
  if (column) return column;
  throw noColumn(source, field);
}

/** Key values as the key's columns hold them: enum values under the database's names. */
export function storedKey(source: Source, key: KeyValues): KeyValues {
  return source.collection.key.map((field, i) => {
    const value = key[i] as KeyValues[number];
    return columnOf(source, field).values?.[String(value)] ?? value;
  });
}

/** The columns of the primary key, in key order. */
export function keyColumns(source: Source): string[] {
  return source.collection.key.map((field) => columnOf(source, field).name);
}

/** The columns of the collection's own table that place a row: the key's, the scope's, and those its paths begin with. */
export function placeColumns(source: Source): string[] {
  const { joins, scope } = dependentsOf(source);
  const own = scope.filter(({ alias }) => alias === ownRow).map(({ column }) => column.name);
  const first = joins.flatMap(({ on }) => on.filter(({ alias }) => alias === ownRow).map(({ equals }) => equals));
  return [...new Set([...keyColumns(source), ...own, ...first])];
}

/**
 * The SQL of a join's condition. `quote` writes an identifier; `names` says what stands in an alias's place: NEW, OLD.
 *
 * @example
 * condition(join, identifier, { t: "NEW" }) // `j1."id" = NEW."chatId"`
 */
export function condition(
  { alias, on }: Join,
  quote: (name: string) => string,
  names: Readonly<Record<string, string>> = {},
): string {
  return on
    .map(
      (one) => `${names[alias] ?? alias}.${quote(one.column)} = ${names[one.alias] ?? one.alias}.${quote(one.equals)}`,
    )
    .join(" AND ");
}

function noColumn({ table }: Source, field: string): DigestSyncError {
  return new DigestSyncError(
    "invalid-manifest",
    `${table.model}.${field} has no column in the manifest: run "prisma generate".`,
    { collection: table.model, field },
  );
}

/** The node for a hop: the one that another path has made already, or a new one. */
function nodeOf(source: Source, nodes: Node[], hop: Hop, before: Node | undefined): Node {
  const from = before?.alias ?? ownRow;
  const on = hop.references.map((column, i) => ({ column, alias: from, equals: hop.columns[i] as string }));
  const same = nodes.find(
    (node) => node.before === before && JSON.stringify([node.table, node.on]) === JSON.stringify([hop.table, on]),
  );
  if (same) return same;
  for (const name of hop.columns) before?.reads.add(name);
  const node: Node = {
    alias: `j${nodes.length + 1}`,
    table: hop.table,
    on,
    // Behind an optional hop there may be nothing either.
    optional: source.emulatedRelations || (hop.optional ?? false) || (before?.optional ?? false),
    hop,
    before,
    reads: new Set(hop.references),
  };
  nodes.push(node);
  return node;
}

const plain = ({ alias, table, on, optional }: Join): Join => ({ alias, table, on, optional });

/** The step down a hop: from the row that is referred to, to those that refer to it. */
function down(hop: Hop, alias: string, table: TableName, above: string): Join {
  const on = hop.columns.map((column, i) => ({ column, alias: above, equals: hop.references[i] as string }));
  return { alias, table: bare(table), on, optional: false };
}

const bare = ({ schema, name }: TableName): TableName => (schema === undefined ? { name } : { schema, name });

function parent(source: Source, nodes: readonly Node[], node: Node): Watch {
  const steps: Join[] = [];
  let above = watchedRow;
  for (let at: Node | undefined = node; at !== undefined; at = at.before) {
    const below: Join | undefined = at.before;
    steps.push(down(at.hop, below?.alias ?? ownRow, below?.table ?? source.table, above));
    above = below?.alias ?? ownRow;
  }
  const taken = new Set(steps.map(({ alias }) => alias));
  return {
    table: node.table,
    kind: "parent",
    columns: [...node.reads],
    references: node.hop.references,
    steps,
    joins: nodes.filter(({ alias }) => !taken.has(alias)).map(plain),
    alias: node.alias,
    optional: source.emulatedRelations || (node.hop.optional ?? false),
  };
}

function lists(source: Source, joins: readonly Join[]): Watch[] {
  return Object.values(source.table.lists ?? {}).flatMap(({ join, own, other, column, to, references }): Watch[] => {
    const row = (above: string): Join => ({
      alias: ownRow,
      table: bare(source.table),
      on: [{ column, alias: above, equals: own }],
      optional: false,
    });
    const link: Join = {
      alias: "l",
      table: join,
      on: [{ column: other, alias: watchedRow, equals: references }],
      optional: false,
    };
    return [
      {
        table: join,
        kind: "link",
        columns: [own, other],
        references: [own],
        steps: [row(watchedRow)],
        joins,
        optional: true,
      },
      {
        table: to,
        kind: "target",
        columns: [references],
        references: [references],
        steps: [link, row(link.alias)],
        joins,
        optional: true,
      },
    ];
  });
}
