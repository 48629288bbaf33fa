import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/types/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/types/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "../databases/index.js";

let database: TestDatabase;
let prisma: ReturnType<typeof extended>;

const extended = (client: PrismaClient) => client.$extends(digestSync(manifest, { delay: 1_000_000 }));

beforeEach(async () => {
  database = await emptyDatabase("types");
  prisma = extended(database.closing(new PrismaClient({ adapter: database.adapter() })));
  await prisma.$digests.install();
});
afterEach(() => database.remove());

const grant = Object.fromEntries(manifest.collections.flatMap(({ scope }) => scope.map((path) => [path, []])));

const everything = (id: number) => ({
  ...{ id, string: "s", int: 1, big: 1n, float: 1.5, decimal: "2.50", boolean: true, json: { a: [1, null] } },
  ...{ dateTime: new Date(0), bytes: new Uint8Array([1]), colour: "green" as const },
});

/** What test/poisoned-rows.test.ts does not try: it is on every database. */
const poisons: [column: string, value: string][] = [
  ["date_time", "'-infinity'"],
  ["color", "'pink'"],
];

test.each(poisons)(
  "a row whose %s is %s leaves the set, is reported, and the rest is unharmed",
  async (column, value) => {
    if (column === "color") await database.run(`ALTER TYPE "colours" ADD VALUE 'pink'`);
    await prisma.everything.createMany({ data: [1, 2, 3, 4, 5].map(everything) });
    await prisma.$digests.settle();
    await database.run(`UPDATE "every thing" SET "${column}" = ${value} WHERE "id" = 3`);
    expect(await prisma.$digests.settle()).toEqual({ settled: 1, errors: 1 });
    await prisma.everything.createMany({ data: [6, 7].map(everything) });
    await database.run(`UPDATE "every thing" SET "int" = 2`);
    expect(await prisma.$digests.settle()).toMatchObject({ errors: 1 });
    expect((await prisma.$digests.root(grant)).count).toBe(6);
    const report = await prisma.$digests.audit();
    expect(report).toMatchObject({ ok: true, rows: 7, unencodable: [{ collection: "Everything", key: "3" }] });
    expect(report.unencodable[0]?.message).not.toContain(value.replaceAll("'", ""));

    const { decimal, dateTime, json, colour } = everything(3);
    await prisma.everything.update({
      where: { id: 3 },
      data: { decimal, dateTime, json, colour },
      select: { id: true },
    });
    expect((await prisma.$digests.root(grant)).count).toBe(7);
    expect(await prisma.$digests.audit()).toMatchObject({ ok: true, unencodable: [] });
  },
);

test("a key that its column cannot have any more is settled with the others, though it aborts their transaction", async () => {
  const labels = Array.from({ length: 40 }, (_, i) => ({ id: BigInt(i), projectId: 1, label: `l${i}` }));
  await prisma.big.createMany({ data: labels });
  await prisma.$digests.settle();
  // As a migration does that changes the type of a key: pending changes of before have keys of before.
  await database.run(
    `INSERT INTO "_digest_pending" ("collection", "scope", "key") VALUES ('Big', '1', '9000000000'), ('Big', '1', '12')`,
  );
  await prisma.big.createMany({ data: [{ id: 100n, projectId: 1, label: "l100" }] });
  await database.run(`ALTER TABLE "big" ALTER COLUMN "big_id" TYPE int`);
  expect(await prisma.$digests.settle()).toEqual({ settled: 3, errors: 1 });
  expect((await prisma.$digests.root({ ...grant, projectId: 1 })).count).toBe(41);
  expect(await prisma.$digests.audit()).toMatchObject({ ok: true, findings: [] });
});
