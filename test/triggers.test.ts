import { digestSync } from "@digest-sync/prisma";
import { describe, expect, test } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase } from "./database.js";

const replace = (id: string, email: string) =>
  `INSERT OR REPLACE INTO "Account" ("id", "name", "email") VALUES ('${id}', 'new', '${email}')`;

/** One write for each kind of trigger, which that trigger alone captures. */
const writes = {
  insert: `INSERT INTO "Account" ("id", "name", "email") VALUES ('a9', 'new', 'a9@example.com')`,
  update: `UPDATE "Account" SET "name" = 'other' WHERE "id" = 'a1'`,
  move: `UPDATE "Account" SET "id" = 'a9' WHERE "id" = 'a1'`,
  delete: `DELETE FROM "Account" WHERE "id" = 'a1'`,
  insert_victims: replace("a9", "a1@example.com"),
  update_victims: `UPDATE OR REPLACE "Account" SET "email" = 'a1@example.com' WHERE "id" = 'a2'`,
};

describe.each(Object.entries(writes))("the %s trigger", (kind, write) => {
  test.each([true, false])("present: %s, so the audit is clean: the same", async (present) => {
    const database = await emptyDatabase("schema");
    const prisma = database
      .closing(new PrismaClient({ adapter: database.adapter() }))
      .$extends(digestSync(manifest, { delay: 1_000_000 }));
    await prisma.$digests.install();
    await prisma.account.createMany({
      data: ["a1", "a2"].map((id) => ({ id, name: id, email: `${id}@example.com` })),
    });
    await prisma.$digests.settle();
    if (!present) {
      const [trigger] = await prisma.$queryRawUnsafe<{ name: string }[]>(
        `SELECT "name" FROM "sqlite_master" WHERE "type" = 'trigger' AND "name" LIKE '_digest_Account_${kind}_________'`,
      );
      await prisma.$executeRawUnsafe(`DROP TRIGGER "${trigger?.name}"`);
    }

    await prisma.$executeRawUnsafe(write);
    const { ok, findings } = await prisma.$digests.audit();
    expect(ok).toBe(present);
    expect(findings.length > 0).toBe(!present);

    if (!present) {
      const { problems } = await prisma.$digests.check();
      expect(problems).toEqual([expect.stringMatching(`trigger _digest_Account_${kind}_.* is missing`)]);
      expect((await prisma.$digests.audit({ repair: true })).repaired).toBe(true);
      expect((await prisma.$digests.audit()).ok).toBe(true);
    }
    await database.remove();
  });
});

test("a key that changes under the name `rowid`, which no `UPDATE OF` sees", async () => {
  const database = await emptyDatabase("schema");
  const prisma = database
    .closing(new PrismaClient({ adapter: database.adapter() }))
    .$extends(digestSync(manifest, { delay: 1_000_000 }));
  await prisma.$digests.install();
  const city = {
    name: "n",
    altName: "",
    country: "CH",
    featureCode: "P",
    adminCode: "",
    population: 1,
    lat: 1,
    lon: 1,
  };
  await prisma.city.createMany({ data: [1, 2].map((cityId) => ({ cityId, ...city })) });
  await prisma.$digests.settle();
  await prisma.$executeRawUnsafe(`UPDATE "City" SET rowid = 7 WHERE rowid = 1`);
  expect(await prisma.$digests.audit()).toMatchObject({ ok: true, rows: 2 });
  await prisma.$executeRawUnsafe(`UPDATE OR REPLACE "City" SET rowid = 2 WHERE rowid = 7`);
  expect(await prisma.$digests.audit()).toMatchObject({ ok: true, rows: 1 });
  await database.remove();
});
