import { dependentsOf, ownRow, placeColumns } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { Session } from "../ports.js";
import { joined, placeValues } from "./places.js";
import { append, changed, locking, trigger, when } from "./trigger.js";
import { upstreamTriggers } from "./upstream.js";

/** Appends the place of the row NEW or OLD. */
function appendRow(source: Source, row: "NEW" | "OLD"): string {
  const { joins } = dependentsOf(source);
  const names = { [ownRow]: row };
  if (joins.length === 0) return `${append} VALUES (${placeValues(source, names)})`;
  return `${append} SELECT ${placeValues(source, names)} FROM (SELECT 1 AS one) o${joined(joins, names)} ${locking}`;
}

/**
 * Row triggers that append to the queue in the writer's transaction. They append on every update and let settling find
 * out whether anything changed. REPLACE and INSERT ... ON DUPLICATE KEY UPDATE fire them as the deletes, inserts and
 * updates that they are; so do LOAD DATA and statements over several tables.
 *
 * Two things fire no trigger: TRUNCATE, and a write while `foreign_key_checks` is off to what would otherwise cascade.
 * The audit finds what they leave behind.
 */
export async function captureTriggers(_session: Session, source: Source): Promise<Trigger[]> {
  const { table } = source;
  const name = table.schema === undefined ? { name: table.name } : { schema: table.schema, name: table.name };
  const moved = changed(placeColumns(source));
  return [
    trigger(source, name, "insert", "AFTER INSERT", [appendRow(source, "NEW")]),
    trigger(source, name, "update", "AFTER UPDATE", [appendRow(source, "NEW"), when(moved, appendRow(source, "OLD"))]),
    trigger(source, name, "delete", "AFTER DELETE", [appendRow(source, "OLD")]),
    ...upstreamTriggers(source),
  ];
}
