import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDatabase, databaseDefinition } from "../../prisma/create-database.js";

const contacts = fileURLToPath(new URL("../../prisma/schema.prisma", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "digest-sync-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function query(url: string, sql: string): Promise<unknown[][]> {
  const connection = await new PrismaLibSql({ url, timeout: 5000 }).connect();
  const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
  await connection.dispose();
  return rows;
}

const tables = `SELECT "name" FROM "sqlite_master" WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite%' ORDER BY "name"`;

test("creates every table of a schema", async () => {
  const url = `file:${join(folder, "test.db")}`;
  await createDatabase(contacts, url);
  expect((await query(url, tables)).flat()).toEqual([
    ...["Account", "Chat", "City", "Contact", "Message"],
    ...["_digest_error", "_digest_meta", "_digest_pending", "_digest_row", "_digest_scope"],
  ]);
});

test("changes nothing when all is there", async () => {
  const url = `file:${join(folder, "test.db")}`;
  await createDatabase(contacts, url);
  await query(url, `INSERT INTO "Account" VALUES ('a', 'Ada', 'ada@example.org') RETURNING "id"`);
  await createDatabase(contacts, url);
  expect(await query(url, `SELECT "name" FROM "Account"`)).toEqual([["Ada"]]);
});

test("the definition is SQL that makes the same tables", async () => {
  const pushed = `file:${join(folder, "pushed.db")}`;
  const executed = `file:${join(folder, "executed.db")}`;
  await createDatabase(contacts, pushed);
  const connection = await new PrismaLibSql({ url: executed }).connect();
  await connection.executeScript(await databaseDefinition(contacts));
  await connection.dispose();
  const everything = `SELECT "type", "name", "sql" FROM "sqlite_master" ORDER BY "type", "name"`;
  expect(await query(executed, everything)).toEqual(await query(pushed, everything));
});

test("a fault in the schema is told with its place", async () => {
  const path = join(folder, "faulty.prisma");
  await writeFile(path, 'datasource db {\n  provider = "sqlite"\n}\nmodel A {\n  id Strin @id\n}\n');
  await expect(createDatabase(path, `file:${join(folder, "test.db")}`)).rejects.toThrow(
    /"Strin"[\s\S]*faulty\.prisma:5/,
  );
});

test("a database that cannot be opened is told by the adapter's own message", async () => {
  const url = `file:${join(folder, "nowhere/test.db")}`;
  await expect(createDatabase(contacts, url)).rejects.toThrow(/Unable to open connection to local database/);
});
