import { dependentsOf, type Watch, watchedRow } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { ForeignKey, TableName } from "../manifest.js";
import { Gone, refersTo } from "./gone.js";
import { type Touched, tableId, touchedByUpdate } from "./graph.js";
import type { Nulled } from "./places.js";
import {
  aliases,
  type Behind,
  mayPass,
  ownRole,
  placesQuery,
  type Role,
  reachesDown,
  rowsQuery,
  watchRole,
} from "./roles.js";
import { tableName } from "./sql.js";
import { append, changed, type Locking, trigger, when } from "./trigger.js";

const intersects = (a: readonly string[], b: readonly string[]) => a.some((one) => b.includes(one));

const lastOf = ({ chain }: Touched) => chain.at(-1) as ForeignKey;

/** The roles in which rows that are touched so matter. */
function rolesFor(roles: readonly Role[], touched: Touched): Role[] {
  const { table, columns } = lastOf(touched);
  return roles.filter((role) => {
    if (tableId(role.table) !== tableId(table)) return false;
    // What refers to a row that goes is touched itself; a list's links are not found from the rows whose links they are.
    if (touched.gone) return role.columns === undefined || (role.key !== undefined && !columns.includes(role.key));
    return role.columns === undefined || intersects(columns, role.columns);
  });
}

const moves = (role: Role, touched: Touched) => !touched.gone && intersects(lastOf(touched).columns, role.placing);

/** The rows at the end of a chain, from OLD or NEW on, or from all rows that are `gone`. */
function atEnd(role: Role, { chain }: Touched, above: "OLD" | "NEW" | Gone): Pick<Behind, "role" | "from" | "where"> {
  const tables = chain.map((key, i) => ({
    key,
    alias: i === chain.length - 1 ? role.alias : `k${i}`,
    before: i > 0 ? `k${i - 1}` : typeof above === "string" ? above : "g",
  }));
  const from = tables.map(({ key, alias, before }, i) => {
    const name = `${tableName(key.table)} ${alias}`;
    if (i > 0) return ` STRAIGHT_JOIN ${name} ON ${refersTo(key, alias, before)}`;
    return typeof above === "string" ? name : `gone g STRAIGHT_JOIN ${name} ON ${above.refers(key, alias, "g")}`;
  });
  const [first] = tables;
  const where = first && typeof above === "string" ? refersTo(first.key, first.alias, above) : "";
  return { role, from: from.join(""), where };
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

/** What the triggers of a table append, each with what they lock before. */
class Captures {
  readonly #source: Source;
  readonly #locking: Locking;

  constructor(source: Source, locking: Locking) {
    this.#source = source;
    this.#locking = locking;
  }

  /**
   * Appends the places of rows. Those below are locked first, as the foreign keys are about to lock them: two deletes that
   * shared them could not go on, and then the reads upwards may pass over what others have locked. MySQL refuses to lock
   * rows of a table that the user's own statement names (1442): there all reads wait.
   *
   * @param query what comes before each query, given how it locks: the rows that are `gone`
   */
  places(all: readonly Behind[], query: (lock: string) => string = () => ""): string[] {
    if (all.length === 0) return [];
    const { waiting, passing } = this.#locking;
    const passes = all.some((behind) => mayPass(this.#source, behind));
    const insert = (pass: boolean) => {
      const queries = all.map((behind) => {
        const may = pass && mayPass(this.#source, behind);
        return placesQuery(this.#source, behind, may ? passing : waiting, may);
      });
      const [only = ""] = queries;
      return `${append} ${query(waiting)}${queries.length === 1 ? only : queries.map((one) => `(${one})`).join(" UNION ALL ")}`;
    };
    const below = [...new Set(all.filter(reachesDown).map(rowsQuery))].map((one) => `(${one})`);
    if (below.length === 0) return [insert(passes)];
    const lock = `${query("FOR UPDATE")}SELECT COUNT(*) INTO digest_rows FROM (${below.join(" UNION ALL ")}) d`;
    return [
      `BEGIN DECLARE CONTINUE HANDLER FOR 1442 SET digest_rows = -1; ${lock}; END`,
      ...(passes
        ? [when("digest_rows > 0", insert(true)), when("digest_rows < 0", insert(false))]
        : [when("digest_rows <> 0", insert(false))]),
    ];
  }

  /** What a delete appends beforehand: the places of all rows that go or change with it. */
  onDelete(roles: readonly Role[], root: TableName): string[] {
    const source = this.#source;
    const gone = new Gone(source, root, (touched) => rolesFor(roles, touched).length > 0);
    const found = (table: TableName, above: "OLD" | Gone) =>
      (gone.touched.get(tableId(table)) ?? []).flatMap((touched) =>
        rolesFor(roles, touched).flatMap((role): Behind[] => {
          const now = atEnd(role, touched, above);
          if (!moves(role, touched)) return [now];
          const byDelete = nulledByDelete(source, role, root, gone);
          const byUpdate = touched.chain.length > 1 ? nulledAtEnd(role, touched) : () => undefined;
          return [now, { ...now, manner: { nulled: (...one) => byUpdate(...one) ?? byDelete(...one) } }];
        }),
      );
    const all = [...found(root, "OLD"), ...gone.tables.flatMap((table) => found(table, gone))];
    return this.places(all, (lock) => (gone.isEmpty ? "" : `${gone.query(lock)} `));
  }

  /** What an update appends: the places of all rows that change with its keys, before and after. */
  onUpdate(roles: readonly Role[], root: TableName): { before: string[]; after: string[] } {
    const before: string[] = [];
    const after: string[] = [];
    for (const touched of touchedByUpdate(this.#source, root)) {
      const guard = changed(touched.chain[0]?.references ?? []);
      for (const role of rolesFor(roles, touched)) {
        const now = atEnd(role, touched, "OLD");
        const moved = moves(role, touched);
        const then = moved && touched.nulled ? [{ ...now, manner: { nulled: nulledAtEnd(role, touched) } }] : [];
        before.push(when(guard, ...this.places([now, ...then])));
        if (moved && !touched.nulled) after.push(when(guard, ...this.places([atEnd(role, touched, "NEW")])));
      }
    }
    return { before, after };
  }

  /** What writes to a watched table append because of the watched row itself. */
  onWatched(watch: Watch): { insert: string[]; delete: string[]; before: string[]; after: string[] } {
    const enforced = watch.kind !== "link" && isEnforced(this.#source, watch);
    if (enforced && watch.kind === "target") return { insert: [], delete: [], before: [], after: [] };
    const role = watchRole(watch);
    const behind = (row: "OLD" | "NEW", nulled?: Nulled): Behind => {
      return { role, from: "", where: "", manner: { names: { [watchedRow]: row }, ...(nulled && { nulled }) } };
    };
    const guard = changed(watch.columns);
    const isParent = watch.kind === "parent";
    const without = (row: "OLD" | "NEW") => (isParent ? [behind(row, nulledBelow(watch))] : []);
    // Where nothing enforces the relation, rows wait for their parent in the scope of those that lead nowhere.
    const both = (row: "OLD" | "NEW") => (enforced ? [] : this.places([behind(row), ...without(row)]));
    const renamed = [behind("OLD"), ...without("NEW")];
    return {
      insert: both("NEW"),
      delete: both("OLD"),
      before: [when(guard, ...this.places([behind("OLD")]))],
      after: [
        when(guard, ...this.places([behind("NEW")])),
        ...(enforced || !isParent ? [] : [when(changed(watch.references), ...this.places(renamed))]),
      ],
    };
  }
}

/** Whether a foreign key says what becomes of the rows below a watched one, so that they are found through it. */
function isEnforced({ foreignKeys }: Source, { table, steps: [first] }: Watch): boolean {
  return foreignKeys.some(
    (key) =>
      first !== undefined &&
      tableId(key.table) === tableId(first.table) &&
      tableId(key.to) === tableId(table) &&
      first.on.every(({ column }) => key.columns.includes(column)),
  );
}

/** Nothing is behind the columns that led to the watched row. */
const nulledBelow =
  ({ steps: [first] }: Watch): Nulled =>
  (alias, column) =>
    alias === first?.alias && first.on.some((one) => one.column === column) ? "TRUE" : undefined;

/**
 * Triggers on all tables from which the collection's rows, their scopes or their lists are reached: by a scope's path, a
 * list, or foreign keys, over which InnoDB deletes and changes rows without firing the triggers that these rows have.
 * Places as they were are read before a write, places as they are after it.
 */
export function upstreamTriggers(source: Source, locking: Locking): Trigger[] {
  const { watches } = dependentsOf(source);
  const roles = [ownRole(source), ...watches.filter(({ kind }) => kind !== "target").map(watchRole)];
  const captures = new Captures(source, locking);
  const tables = new Map<string, TableName>();
  for (const { schema, name } of [...source.foreignKeys.map(({ to }) => to), ...watches.map(({ table }) => table)]) {
    const table = schema === undefined ? { name } : { schema, name };
    tables.set(tableId(table), table);
  }
  return [...tables.values()].flatMap((table) => {
    const own = watches
      .filter((watch) => tableId(watch.table) === tableId(table))
      .map((watch) => captures.onWatched(watch));
    const update = captures.onUpdate(roles, table);
    const kinds: [string, string, string[]][] = [
      ["up_insert", "AFTER INSERT", own.flatMap((one) => one.insert)],
      ["up_delete", "BEFORE DELETE", [...own.flatMap((one) => one.delete), ...captures.onDelete(roles, table)]],
      ["up_leave", "BEFORE UPDATE", [...own.flatMap((one) => one.before), ...update.before]],
      ["up_enter", "AFTER UPDATE", [...own.flatMap((one) => one.after), ...update.after]],
    ];
    return kinds
      .filter(([, , statements]) => statements.length > 0)
      .map(([kind, event, statements]) =>
        trigger(source, table, kind, event, ["DECLARE digest_rows BIGINT DEFAULT 0", ...new Set(statements)]),
      );
  });
}
