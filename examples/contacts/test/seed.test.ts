import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestSync } from "@digest-sync/prisma";
import { expect, onTestFinished, test } from "vitest";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/prisma/client.js";
import { accounts } from "../src/app/accounts.js";
import { sqlite } from "../src/app/prisma.service.js";
import { seededDatabase } from "../src/demo/database.js";
import { small, temporaryFolder } from "./example.js";

const tiny = { ...small, contacts: 30, messages: 20, cities: 10 };

function open(url: string) {
  const prisma = new PrismaClient({ adapter: sqlite(url) }).$extends(digestSync(manifest));
  onTestFinished(() => prisma.$disconnect());
  return prisma;
}

test("two seeds make the same rows: the roots are equal", async () => {
  const scope = { id: accounts[0].id, accountId: accounts[0].id };
  const roots = [];
  for (let run = 0; run < 2; run++) {
    const prisma = open(await seededDatabase(temporaryFolder(), { size: tiny, onProgress: () => {} }));
    roots.push(await prisma.$digests.root(scope));
  }
  expect(roots[0]).toEqual(roots[1]);
  expect(roots[0]?.count).toBe(1 + 30 + 1 + 20 + 10);
});

test("rows are stored as Prisma itself stores them", async () => {
  const prisma = open(await seededDatabase(temporaryFolder(), { size: tiny, onProgress: () => {} }));
  const { account: _, ...seeded } = await prisma.contact.findFirstOrThrow({
    where: { birthday: { not: null }, email: { not: null }, phone: { not: null }, favorite: false },
    include: { account: true },
  });
  await prisma.contact.create({ data: { ...seeded, id: "copy" } });
  const columns = ["birthday", "createdAt", "favorite", "name", "notes"].map(
    (name) => `hex("${name}") || typeof("${name}")`,
  );
  const stored = await prisma.$queryRawUnsafe<object[]>(
    `SELECT DISTINCT ${columns.join(", ")} FROM "Contact" WHERE "id" IN ('copy', ?)`,
    seeded.id,
  );
  expect(stored).toHaveLength(1);
});

test("a kept database is copied and never opened, and those of other versions go", async () => {
  const cache = { folder: temporaryFolder(), key: "current", refresh: false };
  const kept = join(cache.folder, "current.db");
  writeFileSync(join(cache.folder, "older.db"), "");
  const seeded: number[] = [];
  const options = { size: tiny, onProgress: (_: string, done: number) => seeded.push(done), cache };

  await seededDatabase(temporaryFolder(), options);
  expect(readdirSync(cache.folder)).toEqual(["current.db"]);
  expect(seeded).not.toEqual([]);
  const bytes = readFileSync(kept);

  seeded.length = 0;
  const prisma = open(await seededDatabase(temporaryFolder(), options));
  expect(seeded).toEqual([]);
  expect((await prisma.$digests.check()).problems).toEqual([]);
  await prisma.contact.deleteMany();
  expect(readFileSync(kept).equals(bytes)).toBe(true);

  await seededDatabase(temporaryFolder(), { ...options, cache: { ...cache, refresh: true } });
  expect(seeded).not.toEqual([]);
});
