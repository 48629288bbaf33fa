import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { can } from "../databases/index.js";
import { all, extended, PrismaClient, world } from "./world.js";

/** A world with one more role, which begins with the right to connect alone. */
async function worldWithRole() {
  const here = await world();
  await here.contacts(["c1", "c2"]);
  await here.contacts(["d1"], "a2");
  await here.prisma.$digests.settle();
  const role = `ds_test_${process.pid}_${crypto.randomUUID().slice(0, 8)}`;
  await here.run(`CREATE ROLE "${role}" LOGIN`);
  const url = new URL(here.database.connection.url);
  url.username = role;
  const connectionString = url.toString();
  const plain = here.database.closing(new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 2 }) }));
  return {
    ...here,
    role,
    connectionString,
    /** The app under that role. */
    app: extended(plain),
    end: async () => {
      await plain.$disconnect();
      await here.run(`DROP OWNED BY "${role}" CASCADE`);
      await here.run(`DROP ROLE "${role}"`);
      await here.end();
    },
  };
}

const appRights = (role: string) => [
  `GRANT SELECT ON "Account", "Chat", "City", "Contact", "Message" TO "${role}"`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON "_digest_pending", "_digest_scope", "_digest_row", "_digest_error", "_digest_meta" TO "${role}"`,
  `GRANT USAGE ON SEQUENCE "_digest_pending_id_seq", "_digest_scope_id_seq" TO "${role}"`,
];

describe.runIf(can.severalConnections)("roles", () => {
  test("check says what an app's role lacks, and following it makes it work", async () => {
    const here = await worldWithRole();
    await expect(here.app.$digests.root(all)).rejects.toMatchObject({ code: "not-installed" });
    const { ok, problems } = await here.app.$digests.check();
    expect(ok).toBe(false);
    for (const problem of problems) await here.run(problem.slice(problem.indexOf("GRANT")));
    expect(await here.app.$digests.check()).toEqual({ ok: true, superseded: false, problems: [] });
    expect((await here.app.$digests.root(all)).count).toBe(5);
    await here.end();
  });

  test("with the documented rights a role settles, audits, and installs nothing when all is there", async () => {
    const here = await worldWithRole();
    for (const grant of appRights(here.role)) await here.run(grant);
    await here.contacts(["c3"]);
    await here.run(`TRUNCATE "Chat" CASCADE`);
    expect(await here.app.$digests.audit()).toMatchObject({ ok: true, rows: 6 });
    expect((await here.app.$digests.install()).created).toEqual([]);
    await here.run(
      `DROP TRIGGER "${(await here.run(`SELECT tgname::text AS "name" FROM pg_trigger WHERE tgname LIKE '\\_digest\\_City\\_insert%'`))[0]?.name}" ON "City"`,
    );
    await expect(here.app.$digests.install()).rejects.toThrow(/permission denied|must be owner/);
    await here.end();
  });

  test("a role that knows nothing of our tables writes as before, and is captured", async () => {
    const here = await worldWithRole();
    await here.run(`GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON "Contact", "Chat", "Message" TO "${here.role}"`);
    const client = new pg.Client({ connectionString: here.connectionString });
    await client.connect();
    await client.query(`INSERT INTO "Contact" ("id", "accountId", "name") VALUES ('c9', 'a1', 'n')`);
    await client.query(`UPDATE "Contact" SET "name" = 'x'`);
    await client.query(`DELETE FROM "Contact" WHERE "id" = 'c1'`);
    await here.audit();
    // Tables of its own making do not come between a trigger and ours.
    await client.query(`CREATE TEMPORARY TABLE "_digest_pending" ("collection" text, "scope" text, "key" text)`);
    await client.query(`UPDATE "Contact" SET "accountId" = 'a2'`);
    expect((await client.query(`SELECT 1 FROM pg_temp."_digest_pending"`)).rows).toEqual([]);
    await here.audit();
    await client.query(`TRUNCATE "Contact" CASCADE`);
    await here.audit();
    await client.end();
    await here.end();
  });
});

describe.runIf(can.severalConnections)("row-level security", () => {
  const protect = [
    `ALTER TABLE "Contact" ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY own ON "Contact" USING ("accountId" = current_setting('app.account', true))`,
  ];

  test("writes under a policy are captured; a role that does not see all rows is told so", async () => {
    const here = await worldWithRole();
    for (const statement of protect) await here.run(statement);
    for (const grant of appRights(here.role)) await here.run(grant);
    await here.run(`GRANT SELECT, INSERT, UPDATE, DELETE ON "Contact" TO "${here.role}"`);
    const client = new pg.Client({ connectionString: here.connectionString });
    await client.connect();
    await client.query(`SET app.account = 'a1'`);
    await client.query(`INSERT INTO "Contact" ("id", "accountId", "name") VALUES ('c9', 'a1', 'n')`);
    await client.query(`UPDATE "Contact" SET "name" = 'x'`);
    await client.query(`DELETE FROM "Contact" WHERE "id" IN ('c1', 'd1')`);
    await client.end();
    // The owner of the tables sees all of them.
    await here.audit();
    expect(await here.count()).toBe(5);

    const { problems } = await here.app.$digests.check();
    expect(problems).toEqual([
      expect.stringMatching(/^Row-level security may hide rows of "public"."Contact" from .*BYPASSRLS/),
    ]);
    await here.end();
  });

  test("a role with a policy that shows everything may settle", async () => {
    const here = await worldWithRole();
    for (const statement of protect) await here.run(statement);
    for (const grant of appRights(here.role)) await here.run(grant);
    await here.run(`CREATE POLICY digest_sync ON "Contact" FOR SELECT TO "${here.role}" USING (true)`);
    expect(await here.app.$digests.check()).toMatchObject({ ok: true });
    expect(await here.app.$digests.audit()).toMatchObject({ ok: true, rows: 5 });
    await here.run(`CREATE POLICY less ON "Contact" AS RESTRICTIVE FOR SELECT TO "${here.role}" USING ("id" <> 'c1')`);
    expect(await here.app.$digests.check()).toMatchObject({ ok: false });
    await here.end();
  });
});
