import { sha256, toHex } from "@digest-sync/core";
import type { Source, Trigger } from "../dialect.js";
import type { TableName } from "../manifest.js";
import { identifier, statement, tableName } from "./sql.js";

/** Names of all triggers of ours begin so. */
export const triggerPrefix = "_digest_";

/** Appends what the query after it selects, or VALUES. */
export const append = "INSERT INTO `_digest_pending` (`collection`, `scope`, `key`)";

/**
 * Every read in a trigger locks: what it finds must be what is committed by then, also under READ COMMITTED, where one
 * snapshot serves a whole statement. Not FOR UPDATE: MySQL refuses that (1442) on a table that the user's statement names.
 */
export const locking = "LOCK IN SHARE MODE";

/** Of 64 characters a name may have, what the rest leaves for the model's. */
const modelCharacters = 36;

/** A trigger named by its definition. `event` is its time and kind: AFTER INSERT. */
export function trigger(
  source: Source,
  table: TableName,
  kind: string,
  event: string,
  statements: readonly string[],
): Trigger {
  const body = `BEGIN ${statements.map((one) => `${one}; `).join("")}END`;
  const definition = `${event} ON ${tableName(table)} FOR EACH ROW ${body}`;
  const hash = toHex(sha256(new TextEncoder().encode(definition))).slice(0, 8);
  const name = `${triggerPrefix}${source.table.model.slice(0, modelCharacters)}_${kind}_${hash}`;
  const create = statement(`CREATE TRIGGER IF NOT EXISTS ${identifier(name)} ${definition}`);
  return { name, table, statements: [create] };
}

/** SQL: any of these columns differs, byte by byte, whatever the columns' collations say. */
export function changed(columns: readonly string[]): string {
  const binary = (row: string, name: string) => `CAST(${row}.${identifier(name)} AS BINARY)`;
  return columns.map((name) => `NOT (${binary("OLD", name)} <=> ${binary("NEW", name)})`).join(" OR ");
}

/** A statement under a condition. */
export const when = (condition: string, statement: string) => `IF ${condition} THEN ${statement}; END IF`;
