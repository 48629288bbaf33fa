import { dependentsOf, ownRow, placeColumns } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { Session } from "../ports.js";
import { checkPlaces } from "./limits.js";
import { placeValues } from "./places.js";
import { mayPass, ownRole, placesQuery } from "./roles.js";
import { append, changed, type Locking, lockingOf, trigger, when } from "./trigger.js";
import { upstreamTriggers } from "./upstream.js";

/** Appends the place of the row NEW or OLD. */
function appendRow(source: Source, row: "NEW" | "OLD", locking: Locking): string {
  const manner = { names: { [ownRow]: row } };
  if (dependentsOf(source).joins.length === 0) return `${append} VALUES (${placeValues(source, [], manner)})`;
  const behind = { role: ownRole(source), from: "", where: "", manner };
  const passing = mayPass(source, behind);
  return `${append} ${placesQuery(source, behind, passing ? locking.passing : locking.waiting, passing)}`;
}

/**
 * Row triggers that append to the queue in the writer's transaction. They append on every update and let settling find
 * out whether anything changed. REPLACE and INSERT ... ON DUPLICATE KEY UPDATE fire them as the deletes, inserts and
 * updates that they are; so do LOAD DATA and statements over several tables.
 *
 * Two things fire no trigger: TRUNCATE, and a write while `foreign_key_checks` is off to what would otherwise cascade.
 * The audit finds what they leave behind.
 */
export async function captureTriggers(session: Session, source: Source): Promise<Trigger[]> {
  const { table } = source;
  const name = table.schema === undefined ? { name: table.name } : { schema: table.schema, name: table.name };
  await checkPlaces(session, source);
  const locking = await lockingOf(session);
  const place = (row: "NEW" | "OLD") => appendRow(source, row, locking);
  const moved = changed(placeColumns(source));
  return [
    trigger(source, name, "insert", "AFTER INSERT", [place("NEW")]),
    trigger(source, name, "update", "AFTER UPDATE", [place("NEW"), when(moved, place("OLD"))]),
    trigger(source, name, "delete", "AFTER DELETE", [place("OLD")]),
    ...upstreamTriggers(source, locking),
  ];
}
