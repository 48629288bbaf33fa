import { expect, test } from "vitest";
import { world } from "./world.js";

/** City by number, in partitions. */
const partitioned = [
  `ALTER TABLE "City" RENAME TO "Plain"`,
  `CREATE TABLE "City" (LIKE "Plain", PRIMARY KEY ("cityId")) PARTITION BY RANGE ("cityId")`,
  `CREATE TABLE "city_low" PARTITION OF "City" FOR VALUES FROM (0) TO (100)`,
  `CREATE TABLE "city_high" PARTITION OF "City" FOR VALUES FROM (100) TO (200) PARTITION BY RANGE ("cityId")`,
  `CREATE TABLE "city_higher" PARTITION OF "city_high" FOR VALUES FROM (100) TO (200)`,
];
const city = (table: string, id: number) => `INSERT INTO "${table}" VALUES (${id}, 'n', '', 'CH', 'P', '', 1, 1, 1)`;

test("a partitioned table: writes to the whole, to a partition, and from one partition to another", async () => {
  const here = await world(partitioned);
  await here.run(city("City", 1));
  await here.run(city("city_low", 2));
  await here.run(city("city_higher", 100));
  await here.audit();
  expect(await here.count()).toBe(5);
  await here.run(`UPDATE "City" SET "cityId" = "cityId" + 100 WHERE "cityId" = 1`);
  await here.run(`UPDATE "city_low" SET "name" = 'x'`);
  await here.run(`DELETE FROM "city_high" WHERE "cityId" = 100`);
  await here.audit();
  expect(await here.count()).toBe(4);
  await here.run(`CREATE TABLE "city_later" PARTITION OF "City" FOR VALUES FROM (200) TO (300)`);
  await here.run(city("city_later", 200));
  expect(await here.prisma.$digests.check()).toMatchObject({ ok: true });
  await here.audit();
  expect(await here.count()).toBe(5);
  await here.run(`TRUNCATE "City"`);
  await here.audit();
  expect(await here.count()).toBe(2);
  await here.end();
});

test("a model that is one partition: writes through the whole table", async () => {
  const here = await world([
    `ALTER TABLE "City" RENAME TO "Plain"`,
    `CREATE TABLE "Cities" (LIKE "Plain", PRIMARY KEY ("cityId")) PARTITION BY RANGE ("cityId")`,
    `CREATE TABLE "City" PARTITION OF "Cities" FOR VALUES FROM (0) TO (100)`,
    `CREATE TABLE "Rest" PARTITION OF "Cities" DEFAULT`,
  ]);
  await here.run(city("Cities", 1));
  await here.run(city("City", 2));
  await here.run(city("Cities", 200));
  await here.audit();
  expect(await here.count()).toBe(4);
  await here.run(`UPDATE "Cities" SET "cityId" = "cityId" + 100 WHERE "cityId" = 1`);
  await here.audit();
  expect(await here.count()).toBe(3);
  await here.run(`TRUNCATE "Cities"`);
  await here.audit();
  expect(await here.count()).toBe(2);
  await here.end();
});
