import type { Provider } from "@digest-sync/engine";

/** A kind of table that a model can stand on without its schema saying so. It takes the place of "OnCascade". */
export interface TableKind {
  readonly name: string;
  readonly on: Provider;
  /** Statements that make it, with names in double quotes. The table is gone, and "ownerCode" is text. */
  readonly make: readonly string[];
  /** Why install refuses it; a kind without is supported. */
  readonly refused?: RegExp;
  /** Other writes to it than those every kind gets. */
  readonly writes?: readonly string[];
}

const columns = `("id" INTEGER NOT NULL PRIMARY KEY, "ownerCode" VARCHAR(100) NOT NULL)`;
const table = `CREATE TABLE "OnCascade" ${columns}`;
const base = `CREATE TABLE "base" ${columns}`;

export const tableKinds: readonly TableKind[] = [
  { name: "an ordinary table", on: "sqlite", make: [table] },
  { name: "WITHOUT ROWID", on: "sqlite", make: [`${table} WITHOUT ROWID`] },
  {
    name: "STRICT",
    on: "sqlite",
    make: [`CREATE TABLE "OnCascade" ("id" INTEGER PRIMARY KEY, "ownerCode" TEXT NOT NULL) STRICT`],
  },
  {
    name: "a generated key and scope",
    on: "sqlite",
    make: [
      `CREATE TABLE "OnCascade" ("id" INTEGER PRIMARY KEY, "raw" TEXT, "ownerCode" TEXT GENERATED ALWAYS AS (coalesce("raw", 'nobody')) STORED)`,
    ],
    writes: [
      `INSERT INTO "OnCascade" ("id", "raw") VALUES (1, 'a'), (2, 'b')`,
      `UPDATE "OnCascade" SET "raw" = 'c' WHERE "id" = 1`,
      `DELETE FROM "OnCascade" WHERE "id" = 2`,
    ],
  },
  {
    name: "a virtual table",
    on: "sqlite",
    make: [`CREATE VIRTUAL TABLE "OnCascade" USING fts5("id", "ownerCode")`],
    refused: /OnCascade/,
  },
  {
    name: "a view",
    on: "sqlite",
    make: [base, `CREATE VIEW "OnCascade" AS SELECT * FROM "base"`],
    refused: /OnCascade/,
  },

  { name: "an ordinary table", on: "postgresql", make: [table] },
  { name: "an unlogged table", on: "postgresql", make: [`CREATE UNLOGGED TABLE "OnCascade" ${columns}`] },
  {
    name: "a generated scope",
    on: "postgresql",
    make: [
      `CREATE TABLE "OnCascade" ("id" INTEGER PRIMARY KEY, "raw" TEXT, "ownerCode" TEXT GENERATED ALWAYS AS (coalesce("raw", 'nobody')) STORED)`,
    ],
    writes: [
      `INSERT INTO "OnCascade" ("id", "raw") VALUES (1, 'a'), (2, 'b')`,
      `UPDATE "OnCascade" SET "raw" = 'c' WHERE "id" = 1`,
      `DELETE FROM "OnCascade" WHERE "id" = 2`,
    ],
  },
  {
    name: "a partitioned table, written by its partitions as well",
    on: "postgresql",
    make: [
      `${table} PARTITION BY RANGE ("id")`,
      `CREATE TABLE "part" PARTITION OF "OnCascade" FOR VALUES FROM (0) TO (1000)`,
    ],
    writes: [
      `INSERT INTO "part" VALUES (1, 'a'), (2, 'b')`,
      `UPDATE "part" SET "ownerCode" = 'c' WHERE "id" = 1`,
      `DELETE FROM "part" WHERE "id" = 2`,
    ],
  },
  {
    name: "a table that others inherit",
    on: "postgresql",
    make: [table, `CREATE TABLE "child" () INHERITS ("OnCascade")`],
    refused: /OnCascade.*child/,
  },
  {
    name: "a table with a rule that rewrites what is written",
    on: "postgresql",
    make: [table, `CREATE RULE "r" AS ON UPDATE TO "OnCascade" DO ALSO DELETE FROM "OnCascade" WHERE "id" = 2`],
    writes: [
      `INSERT INTO "OnCascade" VALUES (1, 'a'), (2, 'b')`,
      `UPDATE "OnCascade" SET "ownerCode" = 'c' WHERE "id" = 1`,
    ],
  },
  {
    name: "a view",
    on: "postgresql",
    make: [base, `CREATE VIEW "OnCascade" AS SELECT * FROM "base"`],
    refused: /OnCascade/,
  },
  {
    name: "a materialised view",
    on: "postgresql",
    make: [base, `CREATE MATERIALIZED VIEW "OnCascade" AS SELECT * FROM "base"`],
    refused: /OnCascade/,
  },

  { name: "an ordinary table", on: "mysql", make: [table] },
  {
    name: "a table of the engine MyISAM",
    on: "mysql",
    make: [`${table} ENGINE = MyISAM`],
    refused: /OnCascade.*MyISAM/,
  },
  {
    name: "a table of the engine MEMORY",
    on: "mysql",
    make: [`${table} ENGINE = MEMORY`],
    refused: /OnCascade.*MEMORY/,
  },
  { name: "a table of the engine Aria", on: "mysql", make: [`${table} ENGINE = Aria`], refused: /OnCascade.*Aria/ },
  { name: "a system-versioned table", on: "mysql", make: [`${table} WITH SYSTEM VERSIONING`] },
  {
    name: "a partitioned table",
    on: "mysql",
    make: [`${table} PARTITION BY RANGE ("id") (PARTITION p0 VALUES LESS THAN (1000))`],
  },
  {
    name: "a generated scope",
    on: "mysql",
    make: [
      `CREATE TABLE "OnCascade" ("id" INTEGER PRIMARY KEY, "raw" VARCHAR(100), "ownerCode" VARCHAR(100) GENERATED ALWAYS AS (coalesce("raw", 'nobody')) VIRTUAL)`,
    ],
    writes: [
      `INSERT INTO "OnCascade" ("id", "raw") VALUES (1, 'a'), (2, 'b')`,
      `UPDATE "OnCascade" SET "raw" = 'c' WHERE "id" = 1`,
      `DELETE FROM "OnCascade" WHERE "id" = 2`,
    ],
  },
  {
    name: "a view",
    on: "mysql",
    make: [base, `CREATE VIEW "OnCascade" AS SELECT * FROM "base"`],
    refused: /OnCascade/,
  },
];

export const writes = [
  `INSERT INTO "OnCascade" ("id", "ownerCode") VALUES (1, 'a'), (2, 'b')`,
  `UPDATE "OnCascade" SET "ownerCode" = 'c' WHERE "id" = 1`,
  `DELETE FROM "OnCascade" WHERE "id" = 2`,
];
