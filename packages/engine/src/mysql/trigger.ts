import { sha256, toHex } from "@digest-sync/core";
import type { Source, Trigger } from "../dialect.js";
import type { TableName } from "../manifest.js";
import type { Session } from "../ports.js";
import { identifier, statement, tableName } from "./sql.js";

/** Names of all triggers of ours begin so. */
export const triggerPrefix = "_digest_";

/** Appends what the query after it selects, or VALUES. */
export const append = "INSERT INTO `_digest_pending` (`collection`, `scope`, `key`)";

/**
 * How a trigger reads. What it finds must be what is committed by then, and under READ COMMITTED one snapshot may serve a
 * whole statement: so every read locks. Downwards, from a row to those that refer to it, it waits, as the foreign keys'
 * own work does. Upwards it must not: who deletes the row above holds that one and waits for this one. (MariaDB forgets
 * SKIP LOCKED after the first row of a statement: for the others it waits, which is as exact, but may come to a deadlock.)
 */
export interface Locking {
  readonly waiting: string;
  readonly passing: string;
}

const mariadb: Locking = { waiting: "LOCK IN SHARE MODE", passing: "LOCK IN SHARE MODE SKIP LOCKED" };
const mysql: Locking = { waiting: "FOR SHARE", passing: "FOR SHARE SKIP LOCKED" };

/** In the server's own words. */
export async function lockingOf(session: Session): Promise<Locking> {
  const [row] = await session.query<{ version: string }>(statement("SELECT VERSION() AS `version`"));
  return row?.version.includes("MariaDB") ? mariadb : mysql;
}

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

/** Statements under a condition. */
export const when = (condition: string, ...statements: readonly string[]) =>
  `IF ${condition} THEN ${statements.map((one) => `${one}; `).join("")}END IF`;
