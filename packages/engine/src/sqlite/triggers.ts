import { columnOf, dependentsOf, keyColumns, ownRow, placeColumns } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { Session } from "../ports.js";
import { tableFacts } from "./catalogue.js";
import { joined, keyExpression, placeValues, scopeExpression } from "./places.js";
import { identifier } from "./sql.js";
import { append, changed, trigger } from "./trigger.js";
import { watchTriggers } from "./watches.js";

/**
 * Row triggers that append to the queue in the writer's transaction. They append on every update and let settling
 * find out whether anything changed: comparing values in SQL would go by the column's collation and affinity.
 *
 * The two `victims` triggers run before the write and name the rows that a REPLACE is about to evict through a unique
 * index: SQLite fires no delete trigger for these unless recursive_triggers is on, which it is not by default. They and
 * `move`, which names the place a row leaves, only fire when their columns are written: the driver prepares statements
 * anew, and every trigger that could fire is compiled into each of them.
 *
 * Tables that the rows' places or lists depend on get triggers of their own: see watches.ts.
 */
export async function captureTriggers(session: Session, source: Source): Promise<Trigger[]> {
  const { name } = source.table;
  const table = identifier(name);
  const facts = await tableFacts(session, name, keyColumns(source));
  const { joins } = dependentsOf(source);
  const NEW = { [ownRow]: "NEW" };
  const OLD = { [ownRow]: "OLD" };
  const own = joins.length === 0;
  const lookup = (mode: "all" | "reached", names: typeof NEW) => ` FROM (SELECT 1)${joined(joins, mode, names)}`;
  const placed = own
    ? `VALUES (${placeValues(source, NEW)})`
    : `SELECT ${placeValues(source, NEW)}${lookup("all", NEW)}`;
  const left = `SELECT ${placeValues(source, OLD)}${own ? "" : lookup("reached", OLD)}`;
  const moved = own
    ? [scopeExpression, keyExpression]
        .map((part) => `(${part(source, OLD)}) COLLATE BINARY IS NOT (${part(source, NEW)})`)
        .join(" OR ")
    : changed(placeColumns(source));
  const moving = own
    ? [...source.collection.key, ...source.collection.scope].map((field) => columnOf(source, field).name)
    : placeColumns(source);

  const victim = { [ownRow]: "v" };
  const evicted = `${append} SELECT ${placeValues(source, victim)} FROM ${table} v${joined(joins, "all", victim)} WHERE (${facts.collides("NEW")})`;
  const itself = keyColumns(source)
    .map((column) => `v.${identifier(column)} = OLD.${identifier(column)}`)
    .join(" AND ");

  const bodies: [string, string, string][] = [
    ["insert", "AFTER INSERT", `${append} ${placed};`],
    ["update", "AFTER UPDATE", `${append} ${placed};`],
    ["move", `AFTER ${facts.updateOf(moving)}`, `${append} ${left} WHERE ${moved};`],
    ["delete", "AFTER DELETE", own ? `${append} VALUES (${placeValues(source, OLD)});` : `${append} ${left};`],
  ];
  // With the primary key alone, a victim has the new row's key; its place is new only if the scope differs.
  if (facts.groups > 1 || source.collection.scope.length > 0) {
    bodies.push(["insert_victims", "BEFORE INSERT", `${evicted};`]);
  }
  bodies.push(["update_victims", `BEFORE ${facts.updateOf(facts.unique)}`, `${evicted} AND NOT (${itself});`]);
  return [
    ...bodies.map(([kind, event, body]) => trigger(source, name, kind, `${event} ON ${table}`, body)),
    ...(await watchTriggers(session, source)),
  ];
}
