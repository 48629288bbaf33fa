import { condition, dependentsOf, ownRow } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { Session } from "../ports.js";
import { locate, type TableFacts } from "./catalogue.js";
import { keyExpression, placesOf } from "./places.js";
import { identifier, qualified } from "./sql.js";
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
  const one = ({
    places,
    before = [],
    ...parts
  }: Pick<TriggerParts, "kind" | "event" | "manner"> & { places: string; before?: readonly string[] }) =>
    trigger({
      ...parts,
      source,
      table: source.table.name,
      facts,
      body: `BEGIN\n  ${[...before, append(source, facts, places)].join("\n  ")}\n  RETURN NULL;\nEND`,
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
    one({
      kind: "update",
      event: "AFTER UPDATE",
      manner: manner(oldTable, newTable),
      before: departures(source, facts, rows.old, rows.now),
      places: `${old} UNION ${now}`,
    }),
    one({
      kind: "delete",
      event: "AFTER DELETE",
      manner: manner(oldTable),
      before: departures(source, facts, rows.old),
      places: old,
    }),
    one({ kind: "truncate", event: "AFTER TRUNCATE", manner: "FOR EACH STATEMENT", places: wildcard }),
    ...watchTriggers(located),
  ];
}

/**
 * Rows that leave the parent that places them. Until they are committed gone, others still see them there, and would take
 * them along to where that parent moves meanwhile: so the parent is held as an insert's foreign key holds it (FOR KEY SHARE).
 * One that is being deleted is not waited for: who deletes it waits for these rows. Then, and in a transaction whose
 * snapshot may be older than the parent's last move, they are appended under no scope, and looked for where their digests are.
 */
function departures(source: Source, facts: TableFacts, old: string, now?: string): string[] {
  const parents = dependentsOf(source).joins.filter(({ on }) => on.every(({ alias }) => alias === ownRow));
  if (parents.length === 0) return [];
  const columns = [...new Set(parents.flatMap(({ on }) => on.map(({ equals }) => identifier(equals))))];
  const left = (rows: string) =>
    `SELECT ${[`${keyExpression(source, ownRow)} AS "digest_key"`, ...columns.map((name) => `${ownRow}.${name}`)].join(", ")}
     FROM ${rows} ${ownRow}`;
  const departed = `departed AS MATERIALIZED (${left(old)}${now === undefined ? "" : ` EXCEPT ${left(now)}`})`;
  const held = parents.map((join) => {
    const referred = join.on.map(({ column }) => `${join.alias}.${identifier(column)}`).join(", ");
    return `held_${join.alias} AS MATERIALIZED (SELECT ${referred} FROM ${qualified(join.table)} ${join.alias}
      WHERE EXISTS (SELECT 1 FROM departed ${ownRow} WHERE ${condition(join, identifier)})
      ORDER BY ${referred} FOR KEY SHARE SKIP LOCKED)`;
  });
  const isNotHeld = parents.map((join) => {
    const hasParent = join.on.map(({ equals }) => `${ownRow}.${identifier(equals)} IS NOT NULL`).join(" AND ");
    return `${hasParent} AND NOT EXISTS (SELECT 1 FROM held_${join.alias} ${join.alias} WHERE ${condition(join, identifier)})`;
  });
  const unplaced = `SELECT NULL AS "scope", ${ownRow}."digest_key" AS "key" FROM departed ${ownRow}`;
  return [
    `IF current_setting('transaction_isolation') = 'read committed' THEN
    ${append(source, facts, `WITH ${[departed, ...held].join(", ")} ${unplaced} WHERE ${isNotHeld.join(" OR ")}`)}
  ELSE
    ${append(source, facts, `WITH ${departed} ${unplaced}`)}
  END IF;`,
  ];
}
