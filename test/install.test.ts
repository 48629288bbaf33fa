import type { ChildProcess } from "node:child_process";
import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { dropTrigger, installedTriggers, pendingChanges, remains } from "./databases/digest-tables.js";
import { can, emptyDatabase, type TestDatabase } from "./databases/index.js";
import { answer, start } from "./processes/start.js";

let database: TestDatabase;
let plain: PrismaClient;

beforeEach(async () => {
  database = await emptyDatabase("schema");
  plain = database.closing(new PrismaClient({ adapter: database.adapter() }));
});
afterEach(() => database.remove());

const extended = (other = manifest) => plain.$extends(digestSync(other, { delay: 1_000_000 }));
const accounts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ id: `a${from + i}`, name: "n", email: `a${from + i}@example.com` }));

test("rows that were there before are digested, and a second install does nothing", async () => {
  await plain.account.createMany({ data: accounts(0, 25) });
  const { $digests } = extended();
  const first = await $digests.install();
  expect(first.backfilled).toContain("Account");
  expect((await $digests.settle()).settled).toBe(25);
  expect(await $digests.install()).toEqual({ created: [], dropped: [], backfilled: [], superseded: false });
  expect((await $digests.settle()).settled).toBe(0);
  expect((await $digests.audit()).rows).toBe(25);
});

test("a backfill of more rows than one chunk queues every row once", async () => {
  const city = { name: "n", altName: "", country: "CH", featureCode: "PPL", adminCode: "", population: 1 };
  await plain.city.create({ data: { cityId: 0, ...city, lat: 0.5, lon: 0.5 } });
  for (let rows = 1; rows <= 20_000; rows *= 2) {
    const shifted = Object.keys(city).map((name) => `"${name}"`);
    await database.run(
      `INSERT INTO "City" ("cityId", ${shifted}, "lat", "lon")
       SELECT "cityId" + ${rows}, ${shifted}, "lat", "lon" FROM "City" WHERE "cityId" + ${rows} <= 20000`,
    );
  }
  const { $digests } = extended();
  await $digests.install();
  const pending = await pendingChanges(plain);
  expect([pending.length, new Set(pending.map(({ key }) => key)).size]).toEqual([20_001, 20_001]);
});

test("an install that was interrupted in its backfill is reported, and the next one goes on", async () => {
  const { $digests } = extended();
  await $digests.install();
  await $digests.settle();
  await plain.account.createMany({ data: accounts(0, 3) });
  // As a process leaves it that dies after its first chunk.
  await database.run(`DELETE FROM "_digest_pending"`);
  await database.run(
    `UPDATE "_digest_meta" SET "value" = replace("value", ':ready', ':backfill:["a0"]') WHERE "name" = 'collection:Account'`,
  );
  const { ok, problems } = await $digests.check();
  expect({ ok, problems }).toEqual({
    ok: false,
    problems: [expect.stringMatching(/^Not all rows of Account .* Run /)],
  });
  await expect($digests.root({ id: [], accountId: [] })).rejects.toMatchObject({ code: "not-installed" });
  expect((await $digests.install()).backfilled).toEqual(["Account"]);
  expect((await $digests.settle()).settled).toBe(2);
});

test("rows that went while no trigger watched are found by the next install", async () => {
  const { $digests } = extended();
  await $digests.install();
  await plain.account.createMany({ data: accounts(0, 3) });
  await $digests.settle();
  // What a migration does that redefines the table.
  for (const trigger of await installedTriggers(plain, "Account")) await dropTrigger(plain, trigger);
  await plain.account.delete({ where: { id: "a1" } });
  await plain.account.update({ where: { id: "a2" }, data: { name: "unseen" } });
  // On MySQL those of collections that its cascades reach went as well.
  expect((await $digests.check()).problems).toContainEqual(expect.stringMatching("Writes to Account are not captured"));
  await $digests.install();
  await $digests.settle();
  expect((await $digests.audit()).ok).toBe(true);
  expect((await $digests.root({ id: ["a0", "a1", "a2"], accountId: [] })).count).toBe(2);
});

test("a changed collection is digested anew, and triggers of a removed one go", async () => {
  const { $digests } = extended();
  await $digests.install();
  await plain.account.createMany({ data: accounts(0, 3) });
  await $digests.settle();
  const before = await $digests.digest("Account", "a1");

  const collections = manifest.collections
    .filter(({ name }) => name !== "City")
    .map((one) =>
      one.name === "Account" ? { ...one, fields: one.fields.filter(({ name }) => name !== "email") } : one,
    );
  const changed = extended({ ...manifest, collections }).$digests;
  expect((await changed.check()).problems).toEqual([expect.stringMatching("Account were made with another version")]);
  const report = await changed.install();
  expect(report.backfilled).toEqual(["Account"]);
  expect(report.dropped.every((name) => name.startsWith("_digest_City_")) && report.dropped.length > 0).toBe(true);
  await changed.settle();
  expect((await changed.audit()).ok).toBe(true);
  expect(await changed.digest("Account", "a1")).not.toEqual(before);

  // A process with the older manifest leaves the collection alone, even if it restarts and installs.
  await plain.account.update({ where: { id: "a1" }, data: { name: "later" } });
  expect(await extended().$digests.install()).toMatchObject({ created: [], superseded: true });
  expect(await $digests.check()).toEqual({ ok: true, superseded: true, problems: [] });
  expect((await $digests.settle()).settled).toBe(0);
  await expect($digests.root({ id: "a1", accountId: "a1" })).rejects.toMatchObject({ code: "settling", retryAfter: 5 });
  expect((await changed.settle()).settled).toBe(1);

  // Going back to the older version is said, not guessed.
  expect((await $digests.install({ takeOver: true })).backfilled).toEqual(["Account", "City"]);
  await $digests.settle();
  expect((await $digests.audit()).ok).toBe(true);
  expect(await changed.check()).toMatchObject({ ok: true, superseded: true });
});

test.runIf(can.severalConnections)(
  "four processes that install and settle at once leave one right installation",
  async () => {
    await plain.account.createMany({ data: accounts(0, 2_000) });
    const processes: ChildProcess[] = [];
    for (let i = 0; i < 4; i++) {
      const child = await start("install", database);
      await answer(child);
      processes.push(child);
    }
    const reports = Promise.all(processes.map((child) => answer(child)));
    for (const child of processes) child.send("go");
    for (const report of await reports) expect(report).toMatchObject({ ok: true, problems: [] });
    const { $digests } = extended();
    expect(await $digests.check()).toEqual({ ok: true, superseded: false, problems: [] });
    await $digests.settle();
    expect(await $digests.audit()).toMatchObject({ ok: true, rows: 2_000 });
  },
);

test("uninstall leaves the app's tables and none of ours", async () => {
  await plain.account.createMany({ data: accounts(0, 3) });
  const { $digests } = extended();
  await $digests.install();
  await $digests.uninstall();
  expect(await remains(plain)).toEqual([]);
  expect(await plain.account.count()).toBe(3);
  await plain.account.delete({ where: { id: "a0" } });
  expect((await $digests.check()).problems[0]).toMatch("Table _digest_pending is missing");
  await expect($digests.root({ id: "a1", accountId: "a1" })).rejects.toMatchObject({ code: "not-installed" });
});

test("a missing table of the app is named", async () => {
  await database.run(`DROP TABLE "City"`);
  const { $digests } = extended();
  await expect($digests.install()).rejects.toThrow("no table City: run your migrations first");
});
