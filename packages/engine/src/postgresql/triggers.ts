import type { Source, Trigger } from "../dialect.js";
import type { Session } from "../ports.js";
import { type TableFacts, tableFacts } from "./catalogue.js";
import { placesOf } from "./places.js";
import { literal, qualified } from "./sql.js";
import { type TriggerParts, trigger } from "./trigger.js";

/** The statement that appends what a query of scope and key names. */
export const append = (source: Source, { ownSchema }: TableFacts, places: string) =>
  `INSERT INTO ${qualified({ schema: ownSchema, name: "_digest_pending" })} ("collection", "scope", "key")
  SELECT ${literal(source.collection.name)}, p."scope", p."key" FROM (${places}) p;`;

/**
 * Triggers that append to the queue in the writer's transaction. One call for a whole statement costs a fraction of one
 * for each row; but nothing pairs the old row of an update with its new one there, so both places are appended, once when
 * they are the same. Settling finds out whether anything changed.
 */
export async function captureTriggers(session: Session, source: Source): Promise<Trigger[]> {
  const facts = await tableFacts(session, source.table);
  const { model, name: table } = source.table;
  const one = (parts: Pick<TriggerParts, "kind" | "event" | "manner" | "body">) =>
    trigger({ model, table, facts, ...parts });
  // A row that has gone is not looked for behind a parent that has gone too: the parent's own trigger has named its place.
  const before = (rows: string) => placesOf(source, rows, "as related");
  const after = (rows: string) => placesOf(source, rows);
  const block = (places: string) => `BEGIN\n  ${append(source, facts, places)}\n  RETURN NULL;\nEND`;

  const wildcard = `SELECT NULL::text AS "scope", NULL::text AS "key"`;
  const truncate = one({
    kind: "truncate",
    event: "AFTER TRUNCATE",
    manner: "FOR EACH STATEMENT",
    body: block(wildcard),
  });
  if (facts.rowTriggers) {
    const [old, now] = [before("(SELECT OLD.*)"), after("(SELECT NEW.*)")];
    const manner = "FOR EACH ROW";
    return [
      one({ kind: "insert", event: "AFTER INSERT", manner, body: block(now) }),
      one({ kind: "update", event: "AFTER UPDATE", manner, body: block(`${old} UNION ${now}`) }),
      one({ kind: "delete", event: "AFTER DELETE", manner, body: block(old) }),
      truncate,
    ];
  }
  const [old, now] = [before("digest_old"), after("digest_new")];
  const manner = (tables: string) => `REFERENCING ${tables} FOR EACH STATEMENT`;
  const oldTable = "OLD TABLE AS digest_old";
  const newTable = "NEW TABLE AS digest_new";
  return [
    one({ kind: "insert", event: "AFTER INSERT", manner: manner(newTable), body: block(now) }),
    one({
      kind: "update",
      event: "AFTER UPDATE",
      manner: manner(`${oldTable} ${newTable}`),
      body: block(`${old} UNION ${now}`),
    }),
    one({ kind: "delete", event: "AFTER DELETE", manner: manner(oldTable), body: block(old) }),
    truncate,
  ];
}
