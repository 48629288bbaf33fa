import { condition, dependentsOf, type Watch, watchedRow } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { Session } from "../ports.js";
import { type TableFacts, tableFacts } from "./catalogue.js";
import { joined, type Names, placeValues } from "./places.js";
import { identifier } from "./sql.js";
import { append, changed, trigger } from "./trigger.js";

/** Which places of the dependents are meant. */
interface Places {
  /** OLD, NEW, or `v` for a row that a REPLACE evicts. */
  readonly row: string;
  /**
   * `now`: as the tables are; `after`: the same once the row was written, so that a row that leads nowhere has moved;
   * `gone`: without the watched row; `new`: with NEW in its place.
   */
  readonly as: "now" | "after" | "gone" | "new";
  readonly where?: string;
}

/** One statement that appends the rows that depend on a watched row. */
function dependents(source: Source, watch: Watch, { row, as, where }: Places): string {
  const [first, ...steps] = watch.steps;
  if (!first) return "";
  const replaced = as === "new" && watch.alias !== undefined ? watch.alias : undefined;
  const names: Names = { [watchedRow]: row, ...(replaced === undefined ? {} : { [replaced]: "NEW" }) };
  const joins = watch.joins.filter(({ alias }) => alias !== replaced);
  const mode = as === "now" ? "reached" : as === "gone" && watch.alias !== undefined ? { none: watch.alias } : "all";
  const down = steps.map(
    (step) => ` JOIN ${identifier(step.table.name)} ${step.alias} ON ${condition(step, identifier)}`,
  );
  const victims = row === "v" ? `${identifier(watch.table.name)} v JOIN ` : "";
  const link = condition(first, identifier, names);
  return (
    `${append} SELECT ${placeValues(source, names)} FROM ${victims}${identifier(first.table.name)} ${first.alias}` +
    `${victims === "" ? "" : ` ON ${link}`}${down.join("")}${joined(joins, mode, names)}` +
    ` WHERE ${[...(victims === "" ? [link] : []), ...(where === undefined ? [] : [where])].join(" AND ")};`
  );
}

const same = (columns: readonly string[], a: string, b: string) =>
  columns.map((name) => `${a}.${identifier(name)} = ${b}.${identifier(name)}`).join(" AND ");

/** The dependents of rows that a REPLACE is about to evict: no delete trigger fires for these. */
function evicted(watch: Watch, facts: TableFacts): Places[] {
  // A victim of a join table is the very link that is written.
  if (watch.kind === "link") return [];
  const where = `(${facts.collides("NEW")})`;
  if (watch.kind === "target") return [{ row: "v", as: "now", where }];
  // Rows of a victim with another key than the new row's go with nothing, unless a foreign key takes care of them.
  const orphaned = `${where} AND NOT (${same(watch.references, "v", "NEW")})`;
  return [
    { row: "v", as: "now", where },
    { row: "v", as: "gone", where: orphaned },
  ];
}

/**
 * Triggers on the tables that a collection's scopes and lists depend on. A change is captured on both sides: the places
 * of the rows before it, and after it. `now` leaves out a row whose parent is gone: what took it has been captured.
 *
 * Connections may have foreign keys turned off (the SQLite shell begins so), and then rows outlive their parent. Foreign
 * keys act before AFTER triggers fire: rows that still refer to it then are such rows, and their place has changed.
 */
export async function watchTriggers(session: Session, source: Source): Promise<Trigger[]> {
  const { watches: all } = dependentsOf(source);
  const triggers: Trigger[] = [];
  for (const table of new Set(all.map((watch) => watch.table.name))) {
    const watches = all.filter((watch) => watch.table.name === table);
    const facts = await tableFacts(session, table);
    const on = `ON ${identifier(table)}`;
    const add = (kind: string, event: string, places: (watch: Watch) => readonly Places[]) => {
      const body = watches.flatMap((watch) => places(watch).map((one) => dependents(source, watch, one)));
      if (body.length > 0) triggers.push(trigger(source, table, `${kind}_${table}`, event, body.join(" ")));
    };
    const columns = [...new Set(watches.flatMap((watch) => watch.columns))];
    const update = `${facts.updateOf(columns)} ${on} WHEN ${changed(columns)}`;
    const rekeyed = ({ references }: Watch) => `(${changed(references)})`;
    const isParent = (watch: Watch) => watch.kind === "parent";

    add("insert", `AFTER INSERT ${on}`, (watch) =>
      watch.kind === "link" || source.emulatedRelations
        ? // Rows may have waited for this parent where a row is that leads nowhere.
          [{ row: "NEW", as: "after" }, ...(isParent(watch) ? [{ row: "NEW", as: "gone" } as const] : [])]
        : [],
    );
    add("insert_victims", `BEFORE INSERT ${on}`, (watch) => [
      ...evicted(watch, facts),
      // Without a foreign key that cascades, the rows stay and go with the new parent.
      ...(isParent(watch) ? [{ row: "v", as: "new", where: same(watch.references, "v", "NEW") } as const] : []),
    ]);
    add("delete", `BEFORE DELETE ${on}`, () => [{ row: "OLD", as: "now" }]);
    add("orphan", `AFTER DELETE ${on}`, (watch) => (isParent(watch) ? [{ row: "OLD", as: "after" }] : []));
    add("leave", `BEFORE ${update}`, () => [{ row: "OLD", as: "now" }]);
    add("enter", `AFTER ${update}`, (watch) => [
      { row: "NEW", as: "after" },
      // By another key it loses its rows, and finds those that had waited for it.
      ...(isParent(watch)
        ? ([
            { row: "OLD", as: "after", where: rekeyed(watch) },
            { row: "NEW", as: "gone", where: rekeyed(watch) },
          ] as const)
        : []),
    ]);
    add("update_victims", `BEFORE ${facts.updateOf(facts.unique)} ${on}`, (watch) =>
      evicted(watch, facts).map((one) => ({
        ...one,
        where: `${one.where} AND NOT (${same(watch.references, "v", "OLD")})`,
      })),
    );
  }
  return triggers;
}
