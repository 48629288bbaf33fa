import type { Operation } from "./operation.js";

const columns = `("id", "boardId", "title")`;

/** SQL statements, written by every writer: the databases' own, beyond what an ORM makes. */
export const sqlOperations: readonly Operation[] = [
  { name: "INSERT", sql: `INSERT INTO "Card" ${columns} VALUES ('n1', 'b1', 'n')` },
  {
    name: "INSERT ... SELECT",
    sql: {
      sqlite: `INSERT INTO "Card" ${columns} SELECT 'n' || "id", "boardId", 'n' FROM "Card"`,
      postgresql: `INSERT INTO "Card" ${columns} SELECT 'n' || "id", "boardId", 'n' FROM "Card"`,
      mysql: `INSERT INTO "Card" ${columns} SELECT concat('n', "id"), "boardId", 'n' FROM "Card"`,
    },
  },
  { name: "UPDATE", sql: `UPDATE "Card" SET "votes" = "votes" + 1 WHERE "id" >= 'c2'` },
  { name: "UPDATE of the key", sql: `UPDATE "Card" SET "id" = 'C4' WHERE "id" = 'c4'` },
  { name: "UPDATE that changes letters' case only", sql: `UPDATE "Board" SET "name" = 'TODO' WHERE "id" = 'b1'` },
  { name: "UPDATE of a foreign key", sql: `UPDATE "Card" SET "boardId" = 'b3' WHERE "boardId" = 'b1'` },
  { name: "UPDATE of what a scope path leads through", sql: `UPDATE "Board" SET "teamId" = 2 WHERE "id" = 'b1'` },
  {
    name: "UPDATE that joins",
    sql: {
      sqlite: `UPDATE "Card" SET "title" = b."name" FROM "Board" b WHERE b."id" = "boardId" AND b."teamId" = 1`,
      postgresql: `UPDATE "Card" c SET "title" = b."name" FROM "Board" b WHERE b."id" = c."boardId" AND b."teamId" = 1`,
      mysql: `UPDATE "Card" c JOIN "Board" b ON b."id" = c."boardId" SET c."title" = b."id", b."name" = 'x' WHERE b."teamId" = 1`,
    },
  },
  { name: "DELETE", sql: `DELETE FROM "Card" WHERE "boardId" = 'b1'` },
  { name: "DELETE of all rows", sql: `DELETE FROM "Card"` },
  {
    name: "DELETE that joins",
    sql: {
      sqlite: `DELETE FROM "Card" WHERE "boardId" IN (SELECT "id" FROM "Board" WHERE "teamId" = 1)`,
      postgresql: `DELETE FROM "Card" c USING "Board" b WHERE b."id" = c."boardId" AND b."teamId" = 1`,
      mysql: `DELETE c, n FROM "Card" c LEFT JOIN "Note" n ON n."cardId" = c."id" JOIN "Board" b ON b."id" = c."boardId" WHERE b."teamId" = 1`,
    },
  },
  {
    name: "upsert",
    sql: {
      sqlite: `INSERT INTO "Label" VALUES (1, 'one'), (3, 'three') ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name"`,
      postgresql: `INSERT INTO "Label" VALUES (1, 'one'), (3, 'three') ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name"`,
      mysql: `INSERT INTO "Label" VALUES (1, 'one'), (3, 'three') ON DUPLICATE KEY UPDATE "name" = VALUES("name")`,
    },
  },
  {
    name: "insert that skips what is there",
    sql: {
      sqlite: `INSERT OR IGNORE INTO "Label" VALUES (1, 'one'), (3, 'three')`,
      postgresql: `INSERT INTO "Label" VALUES (1, 'one'), (3, 'three') ON CONFLICT DO NOTHING`,
      mysql: `INSERT IGNORE INTO "Label" VALUES (1, 'one'), (3, 'three')`,
    },
  },
  {
    name: "REPLACE that evicts another row",
    on: ["sqlite", "mysql"],
    sql: `REPLACE INTO "Card" ("id", "boardId", "title", "code") VALUES ('n1', 'b3', 'n', 'three')`,
  },
  {
    name: "REPLACE that evicts a row others refer to",
    on: ["sqlite", "mysql"],
    sql: `REPLACE INTO "Board" ("id", "teamId", "name") VALUES ('b1', 2, 'n')`,
  },
  {
    name: "MERGE",
    on: ["postgresql"],
    sql: `MERGE INTO "Label" l USING (VALUES (1, 'one'), (2, NULL), (3, 'three')) v(id, name) ON l."id" = v.id
      WHEN MATCHED AND v.name IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET "name" = v.name
      WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.name)`,
  },
  {
    name: "writes in WITH",
    on: ["postgresql"],
    sql: `WITH gone AS (DELETE FROM "Card" WHERE "id" = 'c4' RETURNING *), old AS (UPDATE "Board" SET "name" = 'w' RETURNING "id")
      INSERT INTO "Card" ${columns} SELECT 'n1', "boardId", 'n' FROM gone`,
  },
  {
    name: "writes in WITH, to a parent and its children at once",
    on: ["postgresql"],
    sql: `WITH gone AS (DELETE FROM "Card" WHERE "boardId" = 'b1' RETURNING "boardId"),
      kept AS (UPDATE "Card" SET "title" = 'w' WHERE "boardId" = 'b2' RETURNING "boardId")
      UPDATE "Board" SET "teamId" = 3 WHERE "id" IN (SELECT "boardId" FROM gone UNION SELECT "boardId" FROM kept)`,
  },
  {
    name: "writes in WITH that delete children and their parent",
    on: ["postgresql"],
    sql: `WITH gone AS (DELETE FROM "Card" WHERE "boardId" = 'b1' RETURNING "boardId")
      DELETE FROM "Board" WHERE "id" IN (SELECT "boardId" FROM gone)`,
  },
  { name: "write under EXPLAIN ANALYZE", on: ["postgresql"], sql: `EXPLAIN ANALYZE UPDATE "Card" SET "votes" = 77` },
  {
    name: "write through a view",
    sql: `UPDATE "red_cards" SET "title" = 'through a view'`,
  },
  { name: "write by a trigger of the app", sql: `UPDATE "Reader" SET "name" = 'Ada L.' WHERE "id" = 1` },
  {
    name: "write in a block or routine",
    // MariaDB counts the rows that triggers write when a routine is called.
    uncounted: true,
    sql: {
      postgresql: `DO $$ BEGIN UPDATE "Card" SET "votes" = 55; DELETE FROM "Note" WHERE "id" = 1; END $$`,
      mysql: `CALL "vote"(55)`,
    },
    on: ["postgresql", "mysql"],
  },
  { name: "INSERT into a list's join table", sql: `INSERT INTO "_CardToLabel" VALUES ('c3', 2)` },
  { name: "UPDATE of a list's join table", sql: `UPDATE "_CardToLabel" SET "A" = 'c3' WHERE "B" = 10 AND "A" = 'c1'` },
  { name: "DELETE from a list's join table", sql: `DELETE FROM "_CardToLabel"` },
  { name: "cascading DELETE", sql: `DELETE FROM "Board" WHERE "teamId" = 1` },
  { name: "cascading UPDATE", sql: `UPDATE "Team" SET "id" = 11 WHERE "id" = 1` },
  {
    name: "DELETE of all rows, cascading",
    sql: `DELETE FROM "Owner" WHERE "code" NOT IN ('nobody', 'restrict', 'noAction', 'setDefault')`,
  },
  { name: "DELETE that Restrict refuses", refused: true, sql: `DELETE FROM "Team"` },
  { name: "TRUNCATE", on: ["postgresql"], sql: `TRUNCATE "OnCascade"` },
  { name: "TRUNCATE ... CASCADE", on: ["postgresql"], sql: `TRUNCATE "Board" CASCADE` },
  {
    name: "COPY",
    on: ["postgresql"],
    shellOnly: true,
    sql: `COPY "Label" FROM STDIN;\n3\tthree\n4\tfour\n\\.\n`,
  },
  {
    name: "session_replication_role = replica",
    on: ["postgresql"],
    sql: `DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true); UPDATE "Card" SET "votes" = 66; PERFORM set_config('session_replication_role', 'origin', true); END $$`,
  },
];
