import { fingerprint, RootState } from "@digest-sync/core";
import type { Provider } from "@digest-sync/engine";
import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifest } from "../prisma/generated/types/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/types/prisma/client.js";
import { emptyDatabase, provider, type TestDatabase } from "./databases/index.js";

let database: TestDatabase;
let prisma: ReturnType<typeof extended>;

function extended(client: PrismaClient) {
  return client.$extends(digestSync(manifest, { delay: 1_000_000 }));
}

beforeEach(async () => {
  database = await emptyDatabase("types");
  prisma = extended(database.closing(new PrismaClient({ adapter: database.adapter() })));
  await prisma.$digests.install();
});
afterEach(() => database.remove());

const grant = Object.fromEntries(manifest.collections.flatMap(({ scope }) => scope.map((path) => [path, []])));

function everything(id: number) {
  return {
    ...{ id, string: "s", int: 1, big: 1n, float: 1.5, decimal: "2.50", boolean: true, json: { a: [1, null] } },
    ...{ dateTime: new Date(0), bytes: new Uint8Array([1]), colour: "green" as const },
  };
}

/** A number that no float64 holds: JSON may have it, our encoding has not. */
const everywhere: [string, unknown] = ["json_value", '{"a": 1e400}'];

/** Values that the database takes and Prisma cannot read back, or that have no encoding. */
const poisons: Record<Provider, [string, unknown][]> = {
  // Takes anything in any column.
  sqlite: [
    everywhere,
    ["int", "abc"],
    ["int", 1e17],
    ["big_int", "nothing"],
    ["float", "abc"],
    ["Decimal", "abc"],
    ["Decimal", "NaN"],
    ["bool", "maybe"],
    ["date_time", "nonsense"],
    ["date_time", 9e15],
    ["json_value", "{bad"],
    ["blob", "text"],
    ["color", "pink"],
  ],
  postgresql: [
    everywhere,
    ["Decimal", "NaN"],
    ["date_time", "infinity"],
    ["date_time", "10000-01-01"],
    ["date_time", "0044-03-15 BC"],
  ],
  // With IGNORE, as an import may do it: what cannot be stored becomes the empty enum value or the date of zeros.
  mysql: [everywhere, ["color", "pink"], ["date_time", "nonsense"]],
};

const update = provider === "mysql" ? "UPDATE IGNORE" : "UPDATE";

test.each(poisons[provider])(
  "a row whose %s is %j leaves the set, is reported, and the rest is unharmed",
  async (column, value) => {
    await prisma.everything.createMany({ data: [1, 2, 3, 4, 5].map(everything) });
    await prisma.$digests.settle();
    await database.run(`${update} "every thing" SET "${column}" = ? WHERE "id" = 3`, value);
    expect(await prisma.$digests.settle()).toEqual({ settled: 1, errors: 1 });
    expect((await prisma.$digests.root(grant)).count).toBe(4);

    const report = await prisma.$digests.audit();
    expect(report).toMatchObject({ ok: true, rows: 5, unencodable: [{ collection: "Everything", key: "3" }] });
    // The value itself belongs in no report.
    if (typeof value === "string") expect(report.unencodable[0]?.message).not.toContain(value);
    const root = new RootState().root();
    const request = { protocol: 1, algorithm: "sha256", manifest: fingerprint(manifest), count: 0, root };
    const verify = () => prisma.$digests.verify(request, grant);
    expect(await verify()).toMatchObject({ type: "changes", incomplete: 1, count: 4 });

    await database.run(`DELETE FROM "every thing" WHERE "id" = 3`);
    await prisma.everything.create({ data: everything(3) });
    await prisma.$digests.settle();
    expect((await prisma.$digests.root(grant)).count).toBe(5);
    expect(await verify()).not.toHaveProperty("incomplete");
    expect((await prisma.$digests.audit()).unencodable).toEqual([]);
  },
);

test("an audit takes back in a row that has become readable without a write that was seen", async () => {
  await prisma.everything.create({ data: everything(1) });
  await database.run(`UPDATE "every thing" SET "json_value" = ?`, everywhere[1]);
  await prisma.$digests.settle();
  await database.run(`DROP TABLE "_digest_meta"`);
  await database.run(`UPDATE "every thing" SET "json_value" = '{}'`);
  await database.run(`DELETE FROM "_digest_pending"`);
  await prisma.$digests.install();
  expect(await prisma.$digests.audit({ repair: true })).toMatchObject({ unencodable: [] });
  expect((await prisma.$digests.root(grant)).count).toBe(1);
});

test("a database that cannot be read empties no set: the error is the caller's, the changes stay pending", async () => {
  await prisma.everything.createMany({ data: [1, 2].map(everything) });
  await prisma.$digests.settle();
  await prisma.everything.update({ where: { id: 1 }, data: { string: "t" } });
  await database.run(`ALTER TABLE "every thing" RENAME COLUMN "int" TO "renamed"`);
  await expect(prisma.$digests.settle()).rejects.toThrow();
  expect(await database.run(`SELECT * FROM "_digest_error"`)).toEqual([]);
  await database.run(`ALTER TABLE "every thing" RENAME COLUMN "renamed" TO "int"`);
  await prisma.$digests.settle();
  expect((await prisma.$digests.audit()).ok).toBe(true);
});
