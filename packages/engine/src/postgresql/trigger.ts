import { sha256, toHex } from "@digest-sync/core";
import type { InstalledTrigger, Source, Trigger } from "../dialect.js";
import type { Statement } from "../ports.js";
import type { TableFacts } from "./catalogue.js";
import { triggerPrefix } from "./catalogue.js";
import { identifier, literal, qualified, statement } from "./sql.js";

/** One trigger, and what its function does. */
export interface TriggerParts {
  readonly source: Source;
  /** What it captures, for the name. */
  readonly kind: string;
  readonly table: string;
  readonly facts: TableFacts;
  /** `AFTER INSERT` and the like. */
  readonly event: string;
  /** What follows the table: `REFERENCING ... FOR EACH STATEMENT`. */
  readonly manner: string;
  /** A block of PL/pgSQL. */
  readonly body: string;
}

/** Scope and key of a change of unknown keys. */
export const wildcard = `SELECT NULL::text AS "scope", NULL::text AS "key"`;

/**
 * One statement may write a row and what its scope leads through: `WITH gone AS (DELETE ...) UPDATE ...`. Triggers AFTER it
 * see the tables as it leaves them, so that neither names the row's old place. Hence a parent's trigger BEFORE it leaves a
 * note for the rest of the transaction, and whoever finds the note appends old rows under no scope: they are looked for
 * where their digests are. It counts on its own level only: what a foreign key does by itself comes from a level deeper.
 */
const note = "'digest_sync.moved_' || pg_trigger_depth()";
export const leaveNote = `PERFORM set_config(${note}, 'yes', true);`;
export const isNoted = `current_setting(${note}, true) = 'yes'`;

/** The statement that appends what a query of scope and key names. */
export const append = (source: Source, { ownSchema }: TableFacts, places: string) =>
  `INSERT INTO ${qualified({ schema: ownSchema, name: "_digest_pending" })} ("collection", "scope", "key")
  SELECT ${literal(source.collection.name)}, p."scope", p."key" FROM (${places}) p;`;

/** A name without its hash: PostgreSQL's names have 63 bytes. */
const longest = 63 - "_12345678".length;

/**
 * A function and its trigger under one name, which ends in the hash of the function's text; the text begins with the rest
 * of the definition, so that a name that stands is a trigger that is right.
 *
 * The function runs as who installed it: who may write to the app's tables need not know ours. Its search_path is fixed:
 * nobody slips other tables under it. ENABLE ALWAYS: also where session_replication_role keeps triggers still.
 */
export function trigger({ source, kind, table, facts, event, manner, body }: TriggerParts): Trigger {
  const on = { schema: facts.schema, name: table };
  const text = `-- ${event} ON ${qualified(on)} ${manner}\n${body}`;
  const hash = toHex(sha256(new TextEncoder().encode(text))).slice(0, 8);
  const readable = `${triggerPrefix}${source.table.model}_${kind}`.replaceAll(/[^\w]/g, "").slice(0, longest);
  const name = `${readable}_${hash}`;
  const definer = qualified({ schema: facts.ownSchema, name });
  const statements = [
    `CREATE OR REPLACE FUNCTION ${definer}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS ${quoted(text)}`,
    `REVOKE ALL ON FUNCTION ${definer}() FROM PUBLIC`,
    `CREATE OR REPLACE TRIGGER ${identifier(name)} ${event} ON ${qualified(on)} ${manner} EXECUTE FUNCTION ${definer}()`,
    `ALTER TABLE ${qualified(on)} ENABLE ALWAYS TRIGGER ${identifier(name)}`,
  ];
  return { name, table: on, statements: statements.map((sql) => statement(sql)) };
}

/** Dollar-quoted, whatever the names in it are. */
function quoted(text: string): string {
  let tag = "$digest$";
  while (text.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `${tag}${text}${tag}`;
}

export function dropTrigger({ name, table }: InstalledTrigger): Statement[] {
  return [
    statement(`DROP TRIGGER IF EXISTS ${identifier(name)} ON ${qualified(table)}`),
    statement(`DROP FUNCTION IF EXISTS ${identifier(name)}()`),
  ];
}
