import { afterEach, beforeEach, expect, test } from "vitest";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { can, emptyDatabase, sql, type TestDatabase } from "./databases/index.js";

// What all other tests rely on: databases that are empty, apart from each other, and the same for every way in.

const open: TestDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.remove();
});

async function empty(): Promise<TestDatabase> {
  const database = await emptyDatabase("schema");
  open.push(database);
  return database;
}

let one: TestDatabase;
let prisma: PrismaClient;
beforeEach(async () => {
  one = await empty();
  prisma = one.closing(new PrismaClient({ adapter: one.adapter() }));
});

test("two databases at once know nothing of each other", async () => {
  const other = await empty();
  await prisma.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
  expect(await other.run(`SELECT "id" FROM "Account"`)).toEqual([]);
  expect(await one.run(`SELECT "name" FROM "Account" WHERE "id" = ?`, "a1")).toEqual([{ name: "Ada" }]);
});

test("what the bare driver writes, Prisma reads; and the other way round", async () => {
  await one.run(`INSERT INTO "Account" ("id", "name", "email") VALUES (?, ?, ?)`, "a2", "Bob", "bob@example.com");
  expect(await prisma.account.count()).toBe(1);
  expect(await prisma.$queryRawUnsafe(sql(`SELECT "name" FROM "Account" WHERE "id" = ?`), "a2")).toEqual([
    { name: "Bob" },
  ]);
});

test("foreign keys hold", async () => {
  await prisma.account.create({
    data: { id: "a1", name: "n", email: "e", contacts: { create: { id: "c1", name: "c" } } },
  });
  await one.run(`DELETE FROM "Account"`);
  expect(await one.run(`SELECT "id" FROM "Contact"`)).toEqual([]);
});

test.runIf(can.severalConnections)("a transaction of one client is not seen by another", async () => {
  const other = one.closing(new PrismaClient({ adapter: one.adapter() }));
  await prisma.$transaction(async (tx) => {
    await tx.account.create({ data: { id: "a1", name: "n", email: "e" } });
    expect(await other.account.count()).toBe(0);
  });
  expect(await other.account.count()).toBe(1);
});
