import { digestSync } from "@digest-sync/prisma";
import { expect, test } from "vitest";
import { all, manifest, PrismaClient, world } from "./world.js";

test("writes under session_replication_role = replica are captured: triggers are ENABLE ALWAYS", async () => {
  const here = await world();
  await here.contacts(["c1", "c2"]);
  await here.prisma.$digests.settle();
  await here.run("SET session_replication_role = replica");
  await here.run(`UPDATE "Contact" SET "name" = 'x' WHERE "id" = 'c1'`);
  await here.run(`DELETE FROM "Contact" WHERE "id" = 'c2'`);
  await here.run(`INSERT INTO "Contact" ("id", "accountId", "name") VALUES ('c3', 'a2', 'y')`);
  await here.run("RESET session_replication_role");
  expect((await here.prisma.$digests.settle()).settled).toBe(3);
  await here.audit();
  await here.end();
});

test("a statement appends each place once, an update that moves a row both", async () => {
  const here = await world();
  await here.contacts(["c1", "c2"]);
  await here.prisma.$digests.settle();
  await here.run(`UPDATE "Contact" SET "name" = 'x'`);
  expect((await here.pending()).sort()).toEqual([
    ["Contact", "a1", "c1"],
    ["Contact", "a1", "c2"],
  ]);
  await here.prisma.$digests.settle();
  await here.run(`UPDATE "Contact" SET "accountId" = 'a2' WHERE "id" = 'c1'`);
  expect((await here.pending()).sort()).toEqual([
    ["Contact", "a1", "c1"],
    ["Contact", "a2", "c1"],
  ]);
  await here.audit();
  await here.end();
});

test("INSERT ... ON CONFLICT, MERGE, and WITH that writes", async () => {
  const here = await world();
  await here.contacts(["c1"]);
  await here.run(
    `INSERT INTO "Contact" ("id", "accountId", "name") VALUES ('c1', 'a2', 'z'), ('c2', 'a1', 'n')
     ON CONFLICT ("id") DO UPDATE SET "accountId" = excluded."accountId"`,
  );
  await here.run(
    `MERGE INTO "Contact" c USING (VALUES ('c1'), ('c4')) v(id) ON c."id" = v.id
     WHEN MATCHED THEN UPDATE SET "accountId" = 'a1' WHEN NOT MATCHED THEN INSERT ("id", "accountId", "name") VALUES (v.id, 'a1', 'm')`,
  );
  await here.run(
    `WITH gone AS (DELETE FROM "Contact" WHERE "id" = 'c2' RETURNING *)
     INSERT INTO "Contact" ("id", "accountId", "name") SELECT 'c3', "accountId", "name" FROM gone`,
  );
  await here.audit();
  expect(await here.count()).toBe(5);
  await here.end();
});

test.each(["disabled", "enabled for origin only", "replaced"])(
  "a trigger that is %s is reported, and install mends it",
  async (how) => {
    const here = await world();
    const [{ name }] = (await here.run(
      `SELECT tgname::text AS "name" FROM pg_trigger WHERE tgname LIKE '\\_digest\\_Contact\\_update\\_%'`,
    )) as [{ name: string }];
    if (how === "disabled") await here.run(`ALTER TABLE "Contact" DISABLE TRIGGER "${name}"`);
    else if (how === "replaced") {
      await here.run(
        `CREATE OR REPLACE FUNCTION "${name}"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
      );
    } else await here.run(`ALTER TABLE "Contact" ENABLE TRIGGER "${name}"`);
    const { problems } = await here.prisma.$digests.check();
    expect(problems).toEqual([
      expect.stringMatching(`^Writes to Contact are not captured: trigger ${name} is missing`),
    ]);
    expect((await here.prisma.$digests.install()).created).toEqual([name]);
    expect(await here.prisma.$digests.check()).toMatchObject({ ok: true });
    await here.contacts(["c1"]);
    await here.run(`UPDATE "Contact" SET "name" = 'x'`);
    await here.audit();
    await here.end();
  },
);

test("uninstall leaves no trigger, no function and no table of ours", async () => {
  const here = await world();
  await here.prisma.$digests.uninstall();
  expect(await here.run(`SELECT tgname FROM pg_trigger WHERE starts_with(tgname, '_digest_')`)).toEqual([]);
  expect(await here.run(`SELECT proname FROM pg_proc WHERE starts_with(proname, '_digest_')`)).toEqual([]);
  expect(await here.run(`SELECT relname FROM pg_class WHERE starts_with(relname, '_digest_')`)).toEqual([]);
  await here.end();
});

test("keys are paged by their bytes, whatever the database's own order, also in tables that Prisma Migrate made", async () => {
  const here = await world();
  const columns = await here.run(
    `SELECT c.collname AS "collation" FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
     WHERE a.attrelid = '_digest_row'::regclass AND a.attname = 'key'`,
  );
  expect(columns).toEqual([{ collation: "C" }]);
  expect((await here.prisma.$digests.install()).created).toEqual([]);
  await here.run(`ALTER TABLE "_digest_row" ALTER COLUMN "key" TYPE text COLLATE "default"`);
  expect((await here.prisma.$digests.check()).problems).toEqual([expect.stringContaining("_digest_row")]);
  await here.prisma.$digests.install();
  expect(await here.prisma.$digests.check()).toMatchObject({ ok: true });
  await here.end();
});

test("columns of a key or scope that are uuid, char(n), inet or of a case-insensitive collation", async () => {
  const here = await world();
  await here.run(`CREATE COLLATION "any case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`);
  const types = [
    ["uuid", "7D444840-9DC0-11D1-B245-5FFDCE74FAD2", "7d444840-9dc0-11d1-b245-5ffdce74fad2"],
    ["char(6)", "c1", "c1    "],
    ["inet", "10.0.0.1", "10.0.0.1"],
    [`text COLLATE "any case"`, "Ä/~", "Ä/~"],
  ] as const;
  for (const [type, written, read] of types) {
    await here.run(`TRUNCATE "Contact" CASCADE`);
    await here.run(`ALTER TABLE "Chat" DROP CONSTRAINT IF EXISTS "Chat_contactId_fkey"`);
    await here.run(`ALTER TABLE "Contact" ALTER COLUMN "id" TYPE ${type} USING NULL`);
    await here.run(`INSERT INTO "Contact" ("id", "accountId", "name") VALUES ('${written}', 'a1', 'n')`);
    await here.prisma.$digests.settle();
    expect(await here.run(`SELECT "key" FROM "_digest_row" WHERE "key" NOT IN ('a1', 'a2')`)).toEqual([{ key: read }]);
    await here.audit();
    if (type.includes("COLLATE")) {
      await here.run(`UPDATE "Contact" SET "id" = lower("id")`);
      await here.audit();
    }
    await here.run(`DELETE FROM "Contact"`);
    await here.audit();
    expect(await here.count()).toBe(2);
  }
  await here.end();
});

test("tables of ours in a schema of their own, and models in another", async () => {
  const here = await world();
  await here.prisma.$digests.uninstall();
  await here.run(`CREATE SCHEMA "sync ""data"""`);
  const apart = new PrismaClient({ adapter: here.database.adapter() });
  const tables = manifest.tables.map((table) => ({ ...table, schema: "public" }));
  const prisma = here.database.closing(apart).$extends(digestSync({ ...manifest, tables }, { delay: 1_000_000 }));
  // Of every connection that is made from now on.
  const [{ name }] = (await here.run(`SELECT current_database()::text AS "name"`)) as [{ name: string }];
  await here.run(`ALTER DATABASE "${name}" SET search_path = "sync ""data""", public`);
  await here.run(`SET search_path = "sync ""data""", public`);
  await prisma.$digests.install();
  expect(
    await here.run(
      `SELECT count(*)::int AS "count" FROM pg_class WHERE relnamespace = 'public'::regnamespace AND starts_with(relname, '_digest')`,
    ),
  ).toEqual([{ count: 0 }]);
  await here.contacts(["c1"]);
  await here.run(`SET search_path = pg_catalog`);
  await here.run(`UPDATE "public"."Contact" SET "name" = 'x'`);
  await here.run(`SET search_path = "sync ""data""", public`);
  expect((await prisma.$digests.root(all)).count).toBe(3);
  expect(await prisma.$digests.audit()).toMatchObject({ ok: true, rows: 3 });
  expect(await prisma.$digests.check()).toMatchObject({ ok: true });
  await here.run(`ALTER DATABASE "${name}" RESET search_path`);
  await here.run(`RESET search_path`);
  await here.run(`DROP SCHEMA "sync ""data""" CASCADE`);
  await here.end();
});
