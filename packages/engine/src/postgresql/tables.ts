import type { Statement } from "../ports.js";
import { identifier, literal, statement } from "./sql.js";

/**
 * What Prisma Migrate writes for the models, so that a database made by either is the same, but for the collation:
 * keys are compared by their bytes, as clients do, and Prisma cannot say so. `install` adds it to tables that Prisma made.
 */
const definitions = {
  _digest_pending: `CREATE TABLE IF NOT EXISTS "_digest_pending" (
    "id" BIGSERIAL NOT NULL,
    "collection" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C",
    "key" TEXT COLLATE "C",

    CONSTRAINT "_digest_pending_pkey" PRIMARY KEY ("id")
)`,
  // Making a scope that exists takes a number from its sequence all the same: hence a BIGINT.
  _digest_scope: `CREATE TABLE IF NOT EXISTS "_digest_scope" (
    "id" BIGSERIAL NOT NULL,
    "collection" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C" NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 0,
    "count" BIGINT NOT NULL DEFAULT 0,
    "state" BYTEA,
    "sketch" BYTEA,

    CONSTRAINT "_digest_scope_pkey" PRIMARY KEY ("id")
)`,
  _digest_row: `CREATE TABLE IF NOT EXISTS "_digest_row" (
    "scope_id" BIGINT NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "head" BIGINT NOT NULL,
    "tail" BYTEA NOT NULL,

    CONSTRAINT "_digest_row_pkey" PRIMARY KEY ("scope_id","key")
)`,
  _digest_error: `CREATE TABLE IF NOT EXISTS "_digest_error" (
    "collection" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "message" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "_digest_error_pkey" PRIMARY KEY ("collection","scope","key")
)`,
  _digest_meta: `CREATE TABLE IF NOT EXISTS "_digest_meta" (
    "name" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "_digest_meta_pkey" PRIMARY KEY ("name")
)`,
} as const;

const indexes = [
  `CREATE UNIQUE INDEX IF NOT EXISTS "_digest_scope_collection_scope_key" ON "_digest_scope"("collection", "scope")`,
  `CREATE INDEX IF NOT EXISTS "_digest_row_scope_id_head_idx" ON "_digest_row"("scope_id", "head")`,
];

export const tableNames = Object.keys(definitions);

/** The tables that are written all the time: dead rows must go soon, however many or few live ones there are. */
const busy = ["_digest_pending", "_digest_scope"];
const vacuum = `autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0`;

/** The columns of our tables that are not compared by bytes. The oid of a table that does not exist is null. */
const otherCollations = `SELECT a.attrelid AS "table", a.attname AS "column"
  FROM unnest(ARRAY[${tableNames.map(literal).join(", ")}]) own(name)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = to_regclass(quote_ident(own.name))
  LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
  WHERE a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype AND c.collname IS DISTINCT FROM 'C'`;

const collate = `DO $digest$ DECLARE one record; BEGIN
  FOR one IN ${otherCollations} LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE text COLLATE "C"', one."table"::regclass, one."column");
  END LOOP;
END $digest$`;

/** Functions of ours whose trigger went with its table. */
const dropFunctions = `DO $digest$ DECLARE one record; BEGIN
  FOR one IN SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
    AND starts_with(p.proname, '_digest_') AND p.prorettype = 'trigger'::regtype
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgfoid = p.oid) LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS %s', one.oid::regprocedure);
  END LOOP;
END $digest$`;

/** Several processes that install at once take turns: two CREATE TABLE IF NOT EXISTS of one table may fail. */
const takeTurn = `SELECT pg_advisory_xact_lock(7235419211854213)::text`;

export const createTables: Statement[] = [
  takeTurn,
  ...Object.values(definitions),
  ...indexes,
  collate,
  ...busy.map((name) => `ALTER TABLE ${identifier(name)} SET (${vacuum})`),
].map((sql) => statement(sql));

export const dropTables: Statement[] = [
  takeTurn,
  ...tableNames.map((name) => `DROP TABLE IF EXISTS ${identifier(name)}`),
  dropFunctions,
].map((sql) => statement(sql));

/** Names of tables of ours that are as Prisma made them, though triggers stand that `install` makes after them. */
export const unfinishedTables = statement(
  `SELECT DISTINCT c.relname::text AS "name" FROM (${otherCollations}) o JOIN pg_catalog.pg_class c ON c.oid = o."table"
   WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE starts_with(t.tgname, '_digest_') AND NOT t.tgisinternal)`,
);
