import { sha256, toHex } from "@digest-sync/core";
import type { Source, Trigger } from "../dialect.js";
import { identifier, statement } from "./sql.js";

/** Names of all triggers of ours begin so. */
export const triggerPrefix = "_digest_";

/** Appends what the query after it selects, or VALUES. */
export const append = `INSERT INTO "_digest_pending" ("collection", "scope", "key")`;

/** A trigger named by its definition. */
export function trigger(source: Source, table: string, kind: string, event: string, body: string): Trigger {
  const definition = `${event} BEGIN ${body} END`;
  const hash = toHex(sha256(new TextEncoder().encode(definition))).slice(0, 8);
  const name = `${triggerPrefix}${source.table.model}_${kind}_${hash}`;
  const create = statement(`CREATE TRIGGER IF NOT EXISTS ${identifier(name)} ${definition}`);
  return { name, table: { name: table }, statements: [create] };
}

/** SQL: any of these columns differs, byte by byte, whatever the columns' collations say. */
export function changed(columns: readonly string[]): string {
  return columns
    .map((name) => `(OLD.${identifier(name)}) COLLATE BINARY IS NOT (NEW.${identifier(name)})`)
    .join(" OR ");
}
