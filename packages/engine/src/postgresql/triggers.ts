import { dependentsOf, ownRow } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { Session } from "../ports.js";
import { locate } from "./catalogue.js";
import { keyExpression, placesOf } from "./places.js";
import { append, isNoted, type TriggerParts, trigger, wildcard } from "./trigger.js";
import { watchTriggers } from "./watches.js";

/**
 * Triggers that append to the queue in the writer's transaction. One call for a whole statement costs a fraction of one
 * for each row; but nothing pairs the old row of an update with its new one there, so both places are appended, once when
 * they are the same. Settling finds out whether anything changed.
 *
 * Tables that the rows' places or lists depend on get triggers of their own: see watches.ts.
 */
export async function captureTriggers(session: Session, given: Source): Promise<Trigger[]> {
  const located = await locate(session, given);
  const { source } = located;
  const facts = located.facts(source.table);
  const one = (parts: Pick<TriggerParts, "kind" | "event" | "manner"> & { places: string }) =>
    trigger({
      ...parts,
      source,
      table: source.table.name,
      facts,
      body: `BEGIN\n  ${append(source, facts, parts.places)}\n  RETURN NULL;\nEND`,
    });
  const rows = facts.rowTriggers
    ? { old: "(SELECT OLD.*)", now: "(SELECT NEW.*)" }
    : { old: "digest_old", now: "digest_new" };
  // A row that has gone is not looked for behind a parent that has gone too: the parent's own trigger has named its place.
  const hasPath = dependentsOf(source).joins.length > 0;
  const unplaced = `SELECT NULL, ${keyExpression(source, ownRow)} FROM ${rows.old} ${ownRow} WHERE ${isNoted}`;
  const old = placesOf(source, rows.old, "as related") + (hasPath ? ` UNION ALL ${unplaced}` : "");
  const now = placesOf(source, rows.now);
  const manner = (...tables: string[]) =>
    facts.rowTriggers ? "FOR EACH ROW" : `REFERENCING ${tables.join(" ")} FOR EACH STATEMENT`;
  const [oldTable, newTable] = ["OLD TABLE AS digest_old", "NEW TABLE AS digest_new"];
  return [
    one({ kind: "insert", event: "AFTER INSERT", manner: manner(newTable), places: now }),
    one({ kind: "update", event: "AFTER UPDATE", manner: manner(oldTable, newTable), places: `${old} UNION ${now}` }),
    one({ kind: "delete", event: "AFTER DELETE", manner: manner(oldTable), places: old }),
    one({ kind: "truncate", event: "AFTER TRUNCATE", manner: "FOR EACH STATEMENT", places: wildcard }),
    ...watchTriggers(located),
  ];
}
