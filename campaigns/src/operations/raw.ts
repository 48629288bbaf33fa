import type { Provider } from "@digest-sync/engine";
import { account, chat, contact, email, emoji, message, small, tag } from "./pools.js";
import type { RawWrite } from "./writer.js";

type RawWrites = Readonly<Record<string, RawWrite>>;

const contactColumns = `"Contact" ("id", "accountId", "name")`;
const upsertConflict: RawWrites = {
  "raw.onConflict": (sql, [a, c], name) =>
    sql.run(
      `INSERT INTO ${contactColumns} VALUES (?, ?, ?)
       ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "accountId" = excluded."accountId"`,
      ...[contact(c), account(a), name],
    ),
  "raw.returning": (sql, [a, c], name) =>
    sql.run(`INSERT INTO ${contactColumns} VALUES (?, ?, ?) RETURNING "id"`, contact(c), account(a), name),
  "raw.updateFrom": (sql, [a], title) =>
    sql.run(
      `UPDATE "Chat" SET "title" = ?, "accountId" = k."accountId" FROM "Contact" k
       WHERE k."id" = "Chat"."contactId" AND k."accountId" = ?`,
      ...[title, account(a)],
    ),
};

/** SQL that every database has. */
const everywhere: RawWrites = {
  "raw.update": (sql, [c], name) => sql.run(`UPDATE "Contact" SET "name" = ? WHERE "id" >= ?`, name, contact(c)),
  "raw.scopes": (sql, [a, b]) =>
    sql.run(`UPDATE "Chat" SET "accountId" = ? WHERE "accountId" = ?`, account(b), account(a)),
  "raw.accountKey": (sql, [a, b]) => sql.run(`UPDATE "Account" SET "id" = ? WHERE "id" = ?`, account(b), account(a)),
  "raw.chatKey": (sql, [h, i]) =>
    sql.run(`UPDATE "Chat" SET "id" = ?, "title" = 'key' WHERE "id" = ?`, chat(i), chat(h)),
  "raw.insertSelect": (sql, [h, i]) =>
    sql.run(
      `INSERT INTO "Message" ("id", "chatId", "body", "status", "sentAt")
       SELECT ?, ?, "body", "status", "sentAt" FROM "Message" WHERE "chatId" = ? ORDER BY "id" LIMIT 1`,
      ...[message(h), chat(h), chat(i)],
    ),
  "raw.reactions": (sql, [m, o, e]) =>
    sql.run(
      `UPDATE "Reaction" SET "messageId" = ?, "count" = "count" + 1 WHERE "messageId" = ? AND "emoji" = ?`,
      ...[message(m), message(o), emoji(e)],
    ),
  "raw.deleteChats": (sql, [c]) => sql.run(`DELETE FROM "Chat" WHERE "contactId" = ?`, contact(c)),
  "raw.deleteAccount": (sql, [a]) => sql.run(`DELETE FROM "Account" WHERE "id" = ?`, account(a)),
  "raw.deleteAll": (sql, [which]) => sql.run(`DELETE FROM "${["City", "Reaction", "Note", "Folder"][which % 4]}"`),
  "raw.join": (sql, [h, t]) => sql.run(`INSERT INTO "_ChatToTag" ("A", "B") VALUES (?, ?)`, chat(h), tag(t)),
  "raw.joinMove": (sql, [h, i, t]) =>
    sql.run(`UPDATE "_ChatToTag" SET "A" = ? WHERE "A" = ? AND "B" >= ?`, chat(h), chat(i), tag(t)),
  "raw.joinDelete": (sql, [t]) => sql.run(`DELETE FROM "_ChatToTag" WHERE "B" = ?`, tag(t)),
  "raw.tree": (sql, [i, p]) => sql.run(`UPDATE "Folder" SET "parentId" = ? WHERE "id" = ?`, small(p), small(i)),
  "raw.filter": (sql, [a, i]) =>
    sql.run(`UPDATE "Folder" SET "accountId" = ?, "id" = "id" + 12 WHERE "id" = ?`, account(a), small(i)),
};

const sqlite: RawWrites = {
  ...upsertConflict,
  "raw.replace": (sql, [a, c], name) =>
    sql.run(`INSERT OR REPLACE INTO ${contactColumns} VALUES (?, ?, ?)`, contact(c), account(a), name),
  // Evicts the account that has the email, with everything that is its by cascade.
  "raw.replaceUnique": (sql, [a, b], name) =>
    sql.run(`INSERT OR REPLACE INTO "Account" ("id", "name", "email") VALUES (?, ?, ?)`, account(a), name, email(b)),
  // Not of an account with an owner: where the cascade sets null in the row that is being updated, SQLite 3.45 itself
  // breaks the index on that column.
  "raw.updateReplace": (sql, [a, b]) =>
    sql.run(
      `UPDATE OR REPLACE "Account" SET "email" = ? WHERE "id" = ? AND "ownerId" IS NULL`,
      ...[email(b), account(a)],
    ),
  "raw.ignore": (sql, [h, i]) => sql.run(`UPDATE OR IGNORE "Chat" SET "id" = ? WHERE "id" = ?`, chat(h), chat(i)),
};

const postgresql: RawWrites = {
  ...upsertConflict,
  "raw.merge": (sql, [a, c], name) =>
    sql.run(
      `MERGE INTO "Contact" t USING (VALUES (?, ?, ?)) AS s(id, account, name) ON t."id" = s.id
       WHEN MATCHED AND t."accountId" = s.account THEN DELETE
       WHEN MATCHED THEN UPDATE SET "accountId" = s.account, "name" = s.name
       WHEN NOT MATCHED THEN INSERT ("id", "accountId", "name") VALUES (s.id, s.account, s.name)`,
      ...[contact(c), account(a), name],
    ),
  "raw.with": (sql, [h, i, a], title) =>
    sql.run(
      `WITH gone AS (DELETE FROM "Message" WHERE "chatId" = ? RETURNING "chatId")
       UPDATE "Chat" SET "title" = ?, "accountId" = ? WHERE "id" IN (SELECT "chatId" FROM gone) OR "id" = ?`,
      ...[chat(h), title, account(a), chat(i)],
    ),
  "raw.deleteUsing": (sql, [a]) =>
    sql.run(`DELETE FROM "Message" m USING "Chat" h WHERE h."id" = m."chatId" AND h."accountId" = ?`, account(a)),
  "raw.truncate": (sql, [which]) =>
    sql.run(`TRUNCATE ${[`"Reaction"`, `"Note", "City"`, `"_ChatToTag"`, `"Message" CASCADE`][which % 4]}`),
  "raw.truncateMost": (sql, [which]) =>
    sql.run(which === 0 ? `TRUNCATE "Account" CASCADE` : which === 1 ? `TRUNCATE "Tag" CASCADE` : `TRUNCATE "Folder"`),
};

const mysql: RawWrites = {
  "raw.onDuplicate": (sql, [a, c], name) =>
    sql.run(
      `INSERT INTO ${contactColumns} VALUES (?, ?, ?)
       ON DUPLICATE KEY UPDATE "name" = VALUES("name"), "accountId" = VALUES("accountId")`,
      ...[contact(c), account(a), name],
    ),
  // Deletes and inserts; what refers to the row that goes is cascaded.
  "raw.replace": (sql, [a, c], name) =>
    sql.run(`REPLACE INTO ${contactColumns} VALUES (?, ?, ?)`, contact(c), account(a), name),
  "raw.replaceUnique": (sql, [a, b], name) =>
    sql.run(`REPLACE INTO "Account" ("id", "name", "email") VALUES (?, ?, ?)`, account(a), name, email(b)),
  "raw.ignore": (sql, [h, i]) => sql.run(`UPDATE IGNORE "Chat" SET "id" = ? WHERE "id" = ?`, chat(h), chat(i)),
  "raw.insertIgnore": (sql, [a, c], name) =>
    sql.run(`INSERT IGNORE INTO ${contactColumns} VALUES (?, ?, ?)`, contact(c), account(a), name),
  "raw.updateTwo": (sql, [a], title) =>
    sql.run(
      `UPDATE "Chat" h JOIN "Contact" k ON k."id" = h."contactId" SET h."title" = ?, k."name" = ? WHERE k."accountId" = ?`,
      ...[title, title, account(a)],
    ),
  "raw.deleteTwo": (sql, [h]) =>
    sql.run(
      `DELETE m, r FROM "Message" m LEFT JOIN "Reaction" r ON r."messageId" = m."id" WHERE m."chatId" = ?`,
      chat(h),
    ),
};

/** Writes in SQL, as each database has them. */
export const rawWrites: Readonly<Record<Provider, RawWrites>> = {
  sqlite: { ...everywhere, ...sqlite },
  postgresql: { ...everywhere, ...postgresql },
  mysql: { ...everywhere, ...mysql },
};
