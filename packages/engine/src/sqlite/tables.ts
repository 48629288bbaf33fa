import type { Statement } from "../ports.js";
import { statement } from "./sql.js";

/**
 * Letter for letter what Prisma Migrate writes for the models, so that a database made by either is the same.
 * Ids are AUTOINCREMENT: an id that is never reused is what lets a settler delete exactly what it read.
 */
const definitions = {
  _digest_pending: `CREATE TABLE IF NOT EXISTS "_digest_pending" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "collection" TEXT NOT NULL,
    "scope" TEXT,
    "key" TEXT
)`,
  _digest_scope: `CREATE TABLE IF NOT EXISTS "_digest_scope" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "collection" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 0,
    "count" BIGINT NOT NULL DEFAULT 0,
    "state" BLOB,
    "sketch" BLOB
)`,
  _digest_row: `CREATE TABLE IF NOT EXISTS "_digest_row" (
    "scope_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "head" BIGINT NOT NULL,
    "tail" BLOB NOT NULL,

    PRIMARY KEY ("scope_id", "key")
)`,
  _digest_error: `CREATE TABLE IF NOT EXISTS "_digest_error" (
    "collection" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    PRIMARY KEY ("collection", "scope", "key")
)`,
  _digest_meta: `CREATE TABLE IF NOT EXISTS "_digest_meta" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
)`,
} as const;

const indexes = [
  `CREATE UNIQUE INDEX IF NOT EXISTS "_digest_scope_collection_scope_key" ON "_digest_scope"("collection", "scope")`,
  `CREATE INDEX IF NOT EXISTS "_digest_row_scope_id_head_idx" ON "_digest_row"("scope_id", "head")`,
];

export const tableNames = Object.keys(definitions);

export const createTables: Statement[] = [...Object.values(definitions), ...indexes].map((sql) => statement(sql));

export const dropTables: Statement[] = tableNames.map((name) => statement(`DROP TABLE IF EXISTS "${name}"`));
