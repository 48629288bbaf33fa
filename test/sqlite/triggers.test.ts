import { digestSync } from "@digest-sync/prisma";
import { expect, test } from "vitest";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { emptyDatabase } from "../databases/index.js";
import { eachIsNeeded } from "../triggers/each-is-needed.js";

const replace = (id: string, email: string) =>
  `INSERT OR REPLACE INTO "Account" ("id", "name", "email") VALUES ('${id}', 'new', '${email}')`;

// SQLite's `OR REPLACE` deletes rows that no delete trigger sees.
eachIsNeeded({
  move: `UPDATE "Account" SET "id" = 'a9' WHERE "id" = 'a1'`,
  insert_victims: replace("a9", "a1@example.com"),
  update_victims: `UPDATE OR REPLACE "Account" SET "email" = 'a1@example.com' WHERE "id" = 'a2'`,
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
