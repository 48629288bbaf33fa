import { provider } from "../databases/index.js";

/** Statements that only the database's own dialect has: the ways around triggers differ, and so do these. */
interface Raw {
  /** Parameters: id, account, name. A contact that is there is replaced. */
  readonly replaceContact: string;
  /** Parameters: id, name, email. Takes the place of whoever had the id, and where it can of whoever had the email. */
  readonly replaceAccount: string;
  /** Parameters: email, id. */
  readonly takeEmail: string;
  /** Parameters: id, name, population. */
  readonly upsertCity: string;
  /** Parameters: the accounts to and from which contacts with a chat move, found through a join. */
  readonly moveContacts: string;
  /** Before a table's name. */
  readonly deleteAll: string;
}

const city = `INSERT INTO "City" VALUES (?, ?, '', 'CH', 'PPL', '', ?, 0.5, -0.0)`;

export const raw: Raw = {
  sqlite: {
    // OR REPLACE deletes rows without their delete trigger; the account that is evicted takes all it has with it.
    replaceContact: `INSERT OR REPLACE INTO "Contact" ("id", "accountId", "name") VALUES (?, ?, ?)`,
    replaceAccount: `INSERT OR REPLACE INTO "Account" ("id", "name", "email") VALUES (?, ?, ?)`,
    takeEmail: `UPDATE OR REPLACE "Account" SET "email" = ? WHERE "id" = ?`,
    upsertCity: `${city} ON CONFLICT ("cityId") DO UPDATE SET "name" = excluded."name"`,
    moveContacts: `UPDATE "Contact" AS c SET "accountId" = ? FROM "Chat" h WHERE h."contactId" = c."id" AND c."accountId" = ?`,
    deleteAll: "DELETE FROM",
  },
  postgresql: {
    replaceContact: `MERGE INTO "Contact" c USING (VALUES (?, ?, ?)) v (id, account, name) ON c."id" = v.id
      WHEN MATCHED THEN UPDATE SET "accountId" = v.account, "name" = v.name
      WHEN NOT MATCHED THEN INSERT ("id", "accountId", "name") VALUES (v.id, v.account, v.name)`,
    replaceAccount: `INSERT INTO "Account" ("id", "name", "email") VALUES (?, ?, ?)
      ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "email" = excluded."email"`,
    // Two tables in one statement, and a cascade.
    takeEmail: `WITH gone AS (DELETE FROM "Account" WHERE "email" = ? RETURNING "id")
      UPDATE "Contact" SET "name" = "name" || '!' WHERE "accountId" = ?`,
    upsertCity: `${city} ON CONFLICT ("cityId") DO UPDATE SET "name" = excluded."name"`,
    moveContacts: `UPDATE "Contact" AS c SET "accountId" = ? FROM "Chat" h WHERE h."contactId" = c."id" AND c."accountId" = ?`,
    deleteAll: "TRUNCATE",
  },
  mysql: {
    replaceContact: `REPLACE INTO "Contact" ("id", "accountId", "name") VALUES (?, ?, ?)`,
    replaceAccount: `REPLACE INTO "Account" ("id", "name", "email") VALUES (?, ?, ?)`,
    takeEmail: `UPDATE IGNORE "Account" SET "email" = ? WHERE "id" = ?`,
    upsertCity: `${city} ON DUPLICATE KEY UPDATE "name" = VALUES("name")`,
    moveContacts: `UPDATE "Contact" c JOIN "Chat" h ON h."contactId" = c."id" SET c."accountId" = ? WHERE c."accountId" = ?`,
    deleteAll: "DELETE FROM",
  },
}[provider];
