import type { Provider } from "@digest-sync/engine";

type Statements = Partial<Readonly<Record<Provider, readonly string[]>>>;

/** A write that no trigger sees. Statements are run by the bare driver, with names in double quotes. */
export interface Exception {
  /** As docs/writes.md calls it. */
  readonly name: string;
  /** Before Digest Sync is installed. */
  readonly setUp?: Statements;
  /** By the databases that have it. What is pending is settled after each statement. */
  readonly write: Statements;
  /** What `check` says afterwards; that all is well if absent. */
  readonly check?: RegExp;
}

const update = `UPDATE "Card" SET "votes" = 1000 WHERE "id" = 'c1'`;

const again = [`DELETE FROM "Board" WHERE "id" = 'b1'`, `INSERT INTO "Board" VALUES ('b1', 3, 'again')`];

export const exceptions: readonly Exception[] = [
  {
    name: "`TRUNCATE`",
    write: { mysql: [`TRUNCATE "OnCascade"`] },
  },
  {
    name: "A column converted in place",
    write: {
      postgresql: [`ALTER TABLE "Card" ALTER COLUMN "votes" TYPE integer USING "votes" * 10`],
      mysql: [`ALTER TABLE "Note" DROP COLUMN "text", ADD COLUMN "text" VARCHAR(191) NOT NULL DEFAULT 'again'`],
    },
  },
  {
    name: "A partition attached, detached, dropped or truncated",
    setUp: {
      postgresql: [
        `DROP TABLE "OnCascade"`,
        `CREATE TABLE "OnCascade" ("id" INTEGER PRIMARY KEY, "ownerCode" TEXT NOT NULL) PARTITION BY RANGE ("id")`,
        `CREATE TABLE "OnCascade_0" PARTITION OF "OnCascade" FOR VALUES FROM (0) TO (100)`,
        `INSERT INTO "OnCascade" VALUES (1, 'cascade'), (2, 'cascade'), (3, 'nobody')`,
      ],
      mysql: [
        `DROP TABLE "OnCascade"`,
        `CREATE TABLE "OnCascade" ("id" INTEGER PRIMARY KEY, "ownerCode" VARCHAR(191) NOT NULL)
         PARTITION BY RANGE ("id") (PARTITION p0 VALUES LESS THAN (100))`,
        `INSERT INTO "OnCascade" VALUES (1, 'cascade'), (2, 'cascade'), (3, 'nobody')`,
      ],
    },
    write: {
      postgresql: [
        `CREATE TABLE "OnCascade_1" ("id" INTEGER PRIMARY KEY, "ownerCode" TEXT NOT NULL)`,
        `INSERT INTO "OnCascade_1" VALUES (100, 'nobody')`,
        `ALTER TABLE "OnCascade" ATTACH PARTITION "OnCascade_1" FOR VALUES FROM (100) TO (200)`,
        `ALTER TABLE "OnCascade" DETACH PARTITION "OnCascade_0"`,
      ],
      mysql: [`ALTER TABLE "OnCascade" TRUNCATE PARTITION p0`],
    },
  },
  {
    name: "Triggers disabled",
    write: {
      postgresql: [`ALTER TABLE "Card" DISABLE TRIGGER ALL`, update],
    },
    check: /Writes to Card are not captured/,
  },
  {
    name: "Triggers disabled, and enabled again",
    write: {
      postgresql: [`ALTER TABLE "Card" DISABLE TRIGGER ALL`, update, `ALTER TABLE "Card" ENABLE TRIGGER ALL`],
    },
    check: /Writes to Card are not captured/,
  },
  {
    name: "A migration that redefines the table",
    write: {
      sqlite: [
        "PRAGMA foreign_keys = OFF",
        `CREATE TABLE "new_Label" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT NOT NULL)`,
        `INSERT INTO "new_Label" SELECT * FROM "Label"`,
        `DROP TABLE "Label"`,
        `ALTER TABLE "new_Label" RENAME TO "Label"`,
        `UPDATE "Label" SET "name" = 'unseen' WHERE "id" = 1`,
        "PRAGMA foreign_keys = ON",
      ],
      mysql: [
        "SET foreign_key_checks = 0",
        `CREATE TABLE "new_Label" ("id" INTEGER PRIMARY KEY, "name" VARCHAR(191) NOT NULL)`,
        `INSERT INTO "new_Label" SELECT * FROM "Label"`,
        `DROP TABLE "Label"`,
        `RENAME TABLE "new_Label" TO "Label"`,
        `UPDATE "Label" SET "name" = 'unseen' WHERE "id" = 1`,
        "SET foreign_key_checks = 1",
      ],
    },
    check: /Writes to Label are not captured/,
  },
  {
    name: "A missing parent that comes in while foreign keys are turned off",
    write: {
      sqlite: ["PRAGMA foreign_keys = OFF", ...again],
      postgresql: ["SET session_replication_role = replica", ...again],
      mysql: ["SET foreign_key_checks = 0", ...again],
    },
  },
  {
    name: "Digest Sync's own tables written by hand",
    write: {
      sqlite: [`DELETE FROM "_digest_row"`],
      postgresql: [`DELETE FROM "_digest_row"`],
      mysql: [`DELETE FROM "_digest_row"`],
    },
  },
];
