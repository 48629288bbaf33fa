import {
  columnOf,
  condition,
  dependentsOf,
  type Join,
  ownRow,
  placeColumns,
  type Watch,
  watchedRow,
} from "../dependents.js";
import type { Source } from "../dialect.js";
import type { TableName } from "../manifest.js";
import { columnText, joined, type Manner, placeValues } from "./places.js";
import { identifier, tableName } from "./sql.js";

/** What a row of a table is to the collection: one of its own, or one that its rows' scopes or lists depend on. */
export interface Role {
  readonly table: TableName;
  /** The alias of the row. */
  readonly alias: string;
  /** From it down to the collection's rows. */
  readonly down: readonly Join[];
  /** From these up to what else the scope needs; from a row of a list's join table, to the collection's row first. */
  readonly up: readonly Join[];
  /** Under which alias the scope reads the row. */
  readonly read?: string;
  /** The columns whose change matters; undefined: all of them. */
  readonly columns?: readonly string[];
  /** Those whose change moves rows to another scope. */
  readonly placing: readonly string[];
  /** The column that has the key of the collection's row, in a list's join table. */
  readonly key?: string;
}

export function ownRole(source: Source): Role {
  const { joins } = dependentsOf(source);
  return { table: source.table, alias: ownRow, down: [], up: joins, read: ownRow, placing: placeColumns(source) };
}

export function watchRole({ table, kind, steps, joins, alias, columns }: Watch): Role {
  if (kind !== "link") {
    return {
      table,
      alias: watchedRow,
      down: steps,
      up: joins,
      columns,
      placing: columns,
      ...(alias && { read: alias }),
    };
  }
  const key = steps[0]?.on[0]?.equals;
  return { table, alias: watchedRow, down: [], up: [...steps, ...joins], columns, placing: [], ...(key && { key }) };
}

/** The tables of all aliases of a query in this role. */
export function aliases(source: Source, { down, up }: Role): ReadonlyMap<string, TableName> {
  return new Map([
    [ownRow, source.table as TableName],
    ...[...down, ...up].map((one) => [one.alias, one.table] as const),
  ]);
}

/** The collection's rows behind a row, or several, of a table: from these down, and up from there to their scopes. */
export interface Behind {
  readonly role: Role;
  /** The tables from the row that was written down to the role's own, as a FROM clause; empty: it is that row itself. */
  readonly from: string;
  readonly where: string;
  readonly manner?: Manner;
}

const steps = (joins: readonly Join[], manner: Manner) =>
  joins.map(
    (step) => ` STRAIGHT_JOIN ${tableName(step.table)} ${step.alias} ON ${condition(step, identifier, manner.names)}`,
  );

/** What stands between FROM and the joins upwards. */
function downwards({ role, from, manner = {} }: Behind): string {
  const [first, ...rest] = role.down;
  if (from !== "") return from + steps(role.down, manner).join("");
  if (!first) return "(SELECT 1 AS one) o";
  return `${tableName(first.table)} ${first.alias}${steps(rest, manner).join("")}`;
}

/** The condition of the first table below a row that is written itself. */
function below({ role, from, where, manner = {} }: Behind): string {
  const [first] = role.down;
  const link = from === "" && first ? [condition(first, identifier, manner.names)] : [];
  const all = [...link, ...(where === "" ? [] : [where])];
  return all.length > 0 ? ` WHERE ${all.join(" AND ")}` : "";
}

/** Whether there are rows below the one that is written, to be locked before places are read. */
export const reachesDown = ({ role, from }: Behind) => from !== "" || role.down.length > 0;

/** Finds and locks the rows, but for those upwards. */
export function rowsQuery(behind: Behind): string {
  return `SELECT 1 AS one FROM ${downwards(behind)}${below(behind)} FOR UPDATE`;
}

/** Whether what others have locked upwards may be passed over. Without foreign keys a row may really lead nowhere. */
export const mayPass = (source: Source, { role }: Behind) => role.up.length > 0 && !source.emulatedRelations;

/** Finds the places. Where reads pass over what others have locked, what is below must have been locked before. */
export function placesQuery(source: Source, behind: Behind, lock: string, passing = false): string {
  const { role } = behind;
  const row = behind.manner?.names?.[role.alias] ?? role.alias;
  const [field = ""] = source.collection.key;
  const key = role.key === undefined ? {} : { key: columnText({ ...columnOf(source, field), name: role.key }, row) };
  const manner: Manner = { ...behind.manner, ...key, passing };
  return (
    `SELECT ${placeValues(source, role.up, manner)} FROM ${downwards(behind)}${joined(role.up, manner)}` +
    `${below(behind)} ${lock}`
  );
}
