import { condition, dependentsOf, type Join, ownRow, placeColumns, type Watch, watchedRow } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { ForeignKey, TableName } from "../manifest.js";
import { Gone, refersTo } from "./gone.js";
import { type Touched, tableId, touchedByUpdate } from "./graph.js";
import { joined, type Nulled, placeValues } from "./places.js";
import { identifier, tableName } from "./sql.js";
import { append, changed, locking, trigger, when } from "./trigger.js";

/** What a row of a table is to the collection: one of its own, or one that its rows' scopes or lists depend on. */
interface Role {
  readonly table: TableName;
  /** The alias of the row. */
  readonly alias: string;
  /** From it down to the collection's rows. */
  readonly steps: readonly Join[];
  /** From these up to what else the scope needs. */
  readonly joins: readonly Join[];
  /** Under which alias the scope reads it. */
  readonly read: string | undefined;
  /** The columns whose change matters; undefined: all of them. */
  readonly columns: readonly string[] | undefined;
  /** Those whose change moves rows to another scope. */
  readonly placing: readonly string[];
}

function rolesOf(source: Source): Role[] {
  const { joins, watches } = dependentsOf(source);
  const own: Role = {
    table: source.table,
    alias: ownRow,
    steps: [],
    joins,
    read: ownRow,
    columns: undefined,
    placing: placeColumns(source),
  };
  const others = watches
    .filter(({ kind }) => kind !== "target")
    .map(
      (watch): Role => ({
        table: watch.table,
        alias: watchedRow,
        steps: watch.steps,
        joins: watch.joins,
        read: watch.alias,
        columns: watch.columns,
        placing: watch.kind === "parent" ? watch.columns : [],
      }),
    );
  return [own, ...others];
}

const intersects = (a: readonly string[], b: readonly string[]) => a.some((one) => b.includes(one));

const lastOf = ({ chain }: Touched) => chain.at(-1) as ForeignKey;

/** The roles in which rows that are touched so matter. */
function rolesFor(roles: readonly Role[], touched: Touched): Role[] {
  const { table, columns } = lastOf(touched);
  return roles.filter((role) => {
    if (tableId(role.table) !== tableId(table)) return false;
    if (!touched.gone) return role.columns === undefined || intersects(columns, role.columns);
    // What refers to a row that goes along goes too, or is touched itself.
    return role.columns === undefined || role.read === undefined;
  });
}

/** One query for the places of the collection's rows behind touched ones. `above`: OLD, NEW, or a row of `gone`. */
function places(source: Source, role: Role, { chain }: Touched, above: Above, nulled?: Nulled): string {
  const tables = chain.map((key, i) => {
    const alias = i === chain.length - 1 ? role.alias : `k${i}`;
    return { key, alias, before: i === 0 ? above.row : `k${i - 1}` };
  });
  const from = tables.map(({ key, alias, before }, i) => {
    const name = `${tableName(key.table)} ${alias}`;
    if (i > 0) return ` STRAIGHT_JOIN ${name} ON ${refersTo(key, alias, before)}`;
    return above.gone ? `gone g STRAIGHT_JOIN ${name} ON ${above.gone.refers(key, alias, "g")}` : name;
  });
  const [first] = tables;
  const where = first && !above.gone ? ` WHERE ${refersTo(first.key, first.alias, above.row)}` : "";
  return select(source, role, from.join(""), where, nulled);
}

interface Above {
  readonly row: string;
  readonly gone?: Gone;
}

function select(
  source: Source,
  { steps, joins }: Pick<Role, "steps" | "joins">,
  from: string,
  where: string,
  nulled?: Nulled,
): string {
  const down = steps.map(
    (step) => ` STRAIGHT_JOIN ${tableName(step.table)} ${step.alias} ON ${condition(step, identifier)}`,
  );
  return (
    `SELECT ${placeValues(source, {}, nulled)} FROM ${from}${down.join("")}` +
    `${joined(joins, {}, nulled)}${where} ${locking}`
  );
}

/** The tables of all aliases of a query in this role. */
function aliases(source: Source, { steps, joins }: Role): ReadonlyMap<string, TableName> {
  return new Map([
    [ownRow, source.table as TableName],
    ...[...steps, ...joins].map((one) => [one.alias, one.table] as const),
  ]);
}

/** Which columns are null once a row of this table, and all that go with it, are gone. */
function nulledByDelete(source: Source, role: Role, root: TableName, gone: Gone): Nulled {
  const tables = aliases(source, role);
  return (alias, column) => {
    const table = tables.get(alias);
    if (!table) return undefined;
    const conditions = source.foreignKeys
      .filter(
        (key) => key.onDelete === "SetNull" && tableId(key.table) === tableId(table) && key.columns.includes(column),
      )
      .flatMap((key) => [
        ...(tableId(key.to) === tableId(root) ? [`COALESCE(${refersTo(key, alias, "OLD")}, FALSE)`] : []),
        ...(gone.has(key.to) ? [`EXISTS (SELECT 1 FROM gone x WHERE ${gone.refers(key, alias, "x")})`] : []),
      ]);
    return conditions.length > 0 ? conditions.join(" OR ") : undefined;
  };
}

/** The columns of a chain's last foreign key are null. */
function nulledAtEnd(role: Role, touched: Touched): Nulled {
  return (alias, column) => (alias === role.read && lastOf(touched).columns.includes(column) ? "TRUE" : undefined);
}

const moves = (role: Role, touched: Touched) => !touched.gone && intersects(lastOf(touched).columns, role.placing);

/** What a delete in this table appends beforehand: the places of all rows that go or change with it. */
function onDelete(source: Source, roles: readonly Role[], root: TableName): string[] {
  const gone = new Gone(source, root, (touched) => rolesFor(roles, touched).length > 0);
  const queries = (table: TableName, above: Above) =>
    (gone.touched.get(tableId(table)) ?? []).flatMap((touched) =>
      rolesFor(roles, touched).flatMap((role) => {
        const now = places(source, role, touched, above);
        if (!moves(role, touched)) return [now];
        const byDelete = nulledByDelete(source, role, root, gone);
        const nulled =
          touched.chain.length > 1
            ? (alias: string, column: string) => nulledAtEnd(role, touched)(alias, column) ?? byDelete(alias, column)
            : byDelete;
        return [now, places(source, role, touched, above, nulled)];
      }),
    );
  const direct = queries(root, { row: "OLD" });
  if (gone.isEmpty) return direct.map((query) => `${append} ${query}`);
  const all = [...direct, ...gone.tables.flatMap((table) => queries(table, { row: "g", gone }))];
  return [`${append} ${gone.query()} ${all.map((query) => `(${query})`).join(" UNION ALL ")}`];
}

interface Update {
  readonly before: string[];
  readonly after: string[];
}

/** What an update of this table appends: the places of all rows that change with its keys, before and after. */
function onUpdate(source: Source, roles: readonly Role[], root: TableName): Update {
  const update: Update = { before: [], after: [] };
  for (const touched of touchedByUpdate(source, root)) {
    const guard = changed(touched.chain[0]?.references ?? []);
    for (const role of rolesFor(roles, touched)) {
      const add = (into: string[], query: string) => into.push(when(guard, `${append} ${query}`));
      add(update.before, places(source, role, touched, { row: "OLD" }));
      if (!moves(role, touched)) continue;
      if (touched.nulled) {
        const nulled = nulledAtEnd(role, touched);
        add(update.before, places(source, role, touched, { row: "OLD" }, nulled));
      } else add(update.after, places(source, role, touched, { row: "NEW" }));
    }
  }
  return update;
}

/** Whether a foreign key says what becomes of the rows below a watched one, so that they are found through it. */
function isEnforced({ foreignKeys }: Source, { table, steps }: Watch): boolean {
  const [first] = steps;
  return foreignKeys.some(
    (key) =>
      first !== undefined &&
      tableId(key.table) === tableId(first.table) &&
      tableId(key.to) === tableId(table) &&
      first.on.every(({ column }) => key.columns.includes(column)),
  );
}

/** The places of the collection's rows behind a row that is written itself: OLD, NEW. */
function watched(source: Source, watch: Watch, row: "OLD" | "NEW", nulled?: Nulled): string {
  const [first, ...steps] = watch.steps;
  if (!first) return "";
  const where = ` WHERE ${condition(first, identifier, { [watchedRow]: row })}`;
  return `${append} ${select(source, { steps, joins: watch.joins }, `${tableName(first.table)} ${first.alias}`, where, nulled)}`;
}

/** Nothing is behind the columns that led to the watched row. */
const nulledBelow =
  ({ steps: [first] }: Watch): Nulled =>
  (alias, column) =>
    alias === first?.alias && first.on.some((one) => one.column === column) ? "TRUE" : undefined;

interface Captured extends Update {
  readonly insert: string[];
  readonly delete: string[];
}

/** What writes to a watched table append themselves. */
function onWatched(source: Source, watch: Watch): Captured {
  const enforced = watch.kind !== "link" && isEnforced(source, watch);
  if (enforced && watch.kind === "target") return { insert: [], delete: [], before: [], after: [] };
  const guard = changed(watch.columns);
  const isParent = watch.kind === "parent";
  /** The places of the rows below with this one, and without it. */
  const both = (row: "OLD" | "NEW") => [
    watched(source, watch, row),
    ...(isParent ? [watched(source, watch, row, nulledBelow(watch))] : []),
  ];
  return {
    insert: enforced ? [] : both("NEW"),
    delete: enforced ? [] : both("OLD"),
    before: [when(guard, watched(source, watch, "OLD"))],
    after: [
      when(guard, watched(source, watch, "NEW")),
      ...(enforced || !isParent ? [] : [when(changed(watch.references), watched(source, watch, "OLD"))]),
    ],
  };
}

/**
 * Triggers on all tables from which the collection's rows, their scopes or their lists are reached: by a scope's path, a
 * list, or foreign keys, over which InnoDB deletes and changes rows without firing the triggers that these rows have.
 * Places as they were are read before a write, places as they are after it.
 */
export function upstreamTriggers(source: Source): Trigger[] {
  const roles = rolesOf(source);
  const { watches } = dependentsOf(source);
  const tables = new Map<string, TableName>();
  for (const { schema, name } of [...source.foreignKeys.map(({ to }) => to), ...watches.map(({ table }) => table)]) {
    const table = schema === undefined ? { name } : { schema, name };
    tables.set(tableId(table), table);
  }
  return [...tables.values()].flatMap((table) => {
    const own = watches
      .filter((watch) => tableId(watch.table) === tableId(table))
      .map((watch) => onWatched(source, watch));
    const update = onUpdate(source, roles, table);
    const kinds: [string, string, string[]][] = [
      ["up_insert", "AFTER INSERT", own.flatMap((one) => one.insert)],
      ["up_delete", "BEFORE DELETE", [...own.flatMap((one) => one.delete), ...onDelete(source, roles, table)]],
      ["up_leave", "BEFORE UPDATE", [...own.flatMap((one) => one.before), ...update.before]],
      ["up_enter", "AFTER UPDATE", [...own.flatMap((one) => one.after), ...update.after]],
    ];
    return kinds
      .filter(([, , statements]) => statements.length > 0)
      .map(([kind, event, statements]) => trigger(source, table, kind, event, [...new Set(statements)]));
  });
}
