import { sha256, toHex } from "@digest-sync/core";
import type { InstalledTrigger, Trigger } from "../dialect.js";
import type { Statement } from "../ports.js";
import type { TableFacts } from "./catalogue.js";
import { triggerPrefix } from "./catalogue.js";
import { identifier, qualified, statement } from "./sql.js";

/** One trigger, and what its function does. */
export interface TriggerParts {
  /** The collection's model, for the name. */
  readonly model: string;
  /** What it captures, for the name. */
  readonly kind: string;
  readonly table: string;
  readonly facts: TableFacts;
  /** `AFTER INSERT` and the like. */
  readonly event: string;
  /** What follows the table: `REFERENCING ... FOR EACH STATEMENT`. */
  readonly manner: string;
  /** Statements of PL/pgSQL. */
  readonly body: string;
}

/** PostgreSQL's names have 63 bytes, and models' names are ASCII. */
const longestModel = 63 - `${triggerPrefix}_truncate_12345678`.length - 4;

/**
 * A function and its trigger under one name, which ends in the hash of the function's text; the text begins with the rest
 * of the definition, so that a name that stands is a trigger that is right.
 *
 * The function runs as who installed it: who may write to the app's tables need not know ours. Its search_path is fixed:
 * nobody slips other tables under it. ENABLE ALWAYS: also where session_replication_role keeps triggers still.
 */
export function trigger({ model, kind, table, facts, event, manner, body }: TriggerParts): Trigger {
  const on = { schema: facts.schema, name: table };
  const source = `-- ${event} ON ${qualified(on)} ${manner}\n${body}`;
  const hash = toHex(sha256(new TextEncoder().encode(source))).slice(0, 8);
  const name = `${triggerPrefix}${model.slice(0, longestModel)}_${kind}_${hash}`;
  const definer = qualified({ schema: facts.ownSchema, name });
  const statements = [
    `CREATE OR REPLACE FUNCTION ${definer}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS $digest_sync$${source}$digest_sync$`,
    `REVOKE ALL ON FUNCTION ${definer}() FROM PUBLIC`,
    `CREATE OR REPLACE TRIGGER ${identifier(name)} ${event} ON ${qualified(on)} ${manner} EXECUTE FUNCTION ${definer}()`,
    `ALTER TABLE ${qualified(on)} ENABLE ALWAYS TRIGGER ${identifier(name)}`,
  ];
  return { name, table: on, statements: statements.map((sql) => statement(sql)) };
}

export function dropTrigger({ name, table }: InstalledTrigger): Statement[] {
  return [
    statement(`DROP TRIGGER IF EXISTS ${identifier(name)} ON ${qualified(table)}`),
    statement(`DROP FUNCTION IF EXISTS ${identifier(name)}()`),
  ];
}
