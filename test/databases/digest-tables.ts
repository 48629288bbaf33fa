import { provider, sql } from "./index.js";

// The tables and triggers of Digest Sync, read and broken in the way of whatever database the run is on.

/** Any Prisma client, or a transaction of one. */
export interface Raw {
  $queryRawUnsafe<R = unknown>(query: string, ...values: unknown[]): PromiseLike<R>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
}

const mysql = provider === "mysql";

/** A text column of ours: MySQL's are binary, so that no collation folds them. */
const text = (column: string) => (mysql ? `CONVERT(${column} USING utf8mb4)` : column);

const digest = {
  sqlite: `printf('%016x', r."head") || lower(hex(r."tail"))`,
  postgresql: `lpad(to_hex(r."head"), 16, '0') || encode(r."tail", 'hex')`,
  mysql: `lower(concat(lpad(hex(r."head"), 16, '0'), hex(r."tail")))`,
}[provider];

export interface StoredDigest {
  readonly collection: string;
  readonly scope: string;
  readonly key: string;
  /** 64 hexadecimal digits. */
  readonly digest: string;
}

/** Every digest that is stored, by collection, scope and key. */
export async function storedDigests(client: Raw): Promise<StoredDigest[]> {
  const rows = await client.$queryRawUnsafe<StoredDigest[]>(
    sql(`SELECT ${text('s."collection"')} AS "collection", ${text('s."scope"')} AS "scope", ${text('r."key"')} AS "key",
      ${digest} AS "digest" FROM "_digest_row" r JOIN "_digest_scope" s ON s."id" = r."scope_id"`),
  );
  const place = ({ collection, scope, key }: StoredDigest) => `${collection}|${scope}|${key}`;
  return rows.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

export interface PendingChange {
  readonly collection: string;
  readonly scope: string | null;
  readonly key: string | null;
}

/** What is in the queue, oldest first. */
export async function pendingChanges(client: Raw): Promise<PendingChange[]> {
  return await client.$queryRawUnsafe<PendingChange[]>(
    sql(`SELECT ${text('"collection"')} AS "collection", ${text('"scope"')} AS "scope", ${text('"key"')} AS "key"
      FROM "_digest_pending" ORDER BY "id"`),
  );
}

/** Zero bytes, as an SQL expression. */
export const zeros = (length: number): string =>
  ({
    sqlite: `zeroblob(${length})`,
    postgresql: `decode(repeat('00', ${length}), 'hex')`,
    mysql: `repeat(char(0), ${length})`,
  })[provider];

export interface InstalledTrigger {
  readonly name: string;
  readonly table: string;
}

const triggers = {
  sqlite: `SELECT "name", "tbl_name" AS "table" FROM "sqlite_master" WHERE "type" = 'trigger'`,
  postgresql: `SELECT t.tgname AS "name", c.relname AS "table" FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace`,
  mysql: `SELECT trigger_name AS "name", event_object_table AS "table" FROM information_schema.triggers
    WHERE trigger_schema = database()`,
}[provider];

/** The triggers that stand in the database, on one table or on all. */
export async function installedTriggers(client: Raw, table?: string): Promise<InstalledTrigger[]> {
  const all = await client.$queryRawUnsafe<InstalledTrigger[]>(sql(triggers));
  return all.filter((one) => table === undefined || one.table === table).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function dropTrigger(client: Raw, { name, table }: InstalledTrigger): Promise<void> {
  const on = provider === "postgresql" ? ` ON "${table}"` : "";
  await client.$executeRawUnsafe(sql(`DROP TRIGGER "${name}"${on}`));
}

const tables = {
  sqlite: `SELECT "name" FROM "sqlite_master" WHERE "type" = 'table'`,
  postgresql: `SELECT tablename AS "name" FROM pg_tables WHERE schemaname = 'public'`,
  mysql: `SELECT table_name AS "name" FROM information_schema.tables WHERE table_schema = database()`,
}[provider];

/** What is left of us in the database: tables, triggers, and PostgreSQL's functions. */
export async function remains(client: Raw): Promise<string[]> {
  const names = await client.$queryRawUnsafe<{ name: string }[]>(sql(tables));
  const functions =
    provider === "postgresql"
      ? await client.$queryRawUnsafe<{ name: string }[]>(
          `SELECT proname AS "name" FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
        )
      : [];
  return [...names, ...(await installedTriggers(client)), ...functions]
    .map(({ name }) => name)
    .filter((name) => name.startsWith("_digest"))
    .sort();
}
