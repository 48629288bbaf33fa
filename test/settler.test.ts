import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { pendingChanges } from "./databases/digest-tables.js";
import { emptyDatabase, sql, type TestDatabase } from "./databases/index.js";

let database: TestDatabase;
let plain: PrismaClient;

beforeEach(async () => {
  database = await emptyDatabase("schema");
  plain = database.closing(new PrismaClient({ adapter: database.adapter() }));
});
afterEach(() => database.remove());

const pending = async () => (await pendingChanges(plain)).length;
const account = (id: string) => ({ data: { id, name: id, email: `${id}@example.com` } });

/** Each way in which the extended client sees a write finish. */
const ways: Record<string, (client: PrismaClient) => Promise<unknown>> = {
  "a model operation": (client) => client.account.create(account("a1")),
  "a bulk write": (client) => client.account.createMany({ data: [account("a1").data] }),
  "raw execute": (client) => client.$executeRawUnsafe(sql(`INSERT INTO "Account" VALUES ('a1', 'n', 'e')`)),
  "a raw query that writes": (client) =>
    client.$queryRawUnsafe(sql(`INSERT INTO "Account" VALUES ('a1', 'n', 'e') RETURNING 1`)),
  "a batch": (client) => client.$transaction([client.account.create(account("a1"))]),
  "an interactive transaction": (client) => client.$transaction((tx) => tx.account.create(account("a1"))),
};

test.each(Object.entries(ways))("%s pokes the background settler, without start()", async (_, write) => {
  const prisma = plain.$extends(digestSync(manifest, { delay: 1 }));
  await prisma.$digests.install();
  await prisma.$digests.settle();
  await write(prisma as unknown as PrismaClient);
  await vi.waitFor(async () => expect(await pending()).toBe(0), { timeout: 20_000 });
});

test("a write that nobody pokes about is found by the settler that was started", async () => {
  const prisma = plain.$extends(digestSync(manifest, { delay: 1, every: 5 }));
  await prisma.$digests.install();
  prisma.$digests.start();
  await prisma.$digests.settle();
  await plain.account.create(account("a1"));
  await vi.waitFor(async () => expect(await pending()).toBe(0), { timeout: 20_000 });
  await prisma.$digests.stop();
  await plain.account.create(account("a2"));
  expect(await pending()).toBe(1);
});

test("after a run of many changes others may join the next one for longer", async () => {
  const prisma = plain.$extends(digestSync(manifest, { delay: 100 }));
  await prisma.$digests.install();
  await prisma.$digests.settle();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    /** Writes, and returns how long the run that this makes necessary waits, of the two that are possible. */
    const pauseAfter = async (write: () => Promise<unknown>) => {
      setTimer.mockClear();
      await write();
      const pauses = setTimer.mock.calls.map(([, pause]) => pause).filter((pause) => pause === 100 || pause === 500);
      expect(pauses).toHaveLength(1);
      const settled = new Promise<void>((resolve) => {
        const end = prisma.$digests.onSettled(() => {
          end();
          // The run ends in the same turn.
          setImmediate(resolve);
        });
      });
      vi.advanceTimersByTime(pauses[0]!);
      await settled;
      return pauses[0];
    };
    const many = Array.from({ length: 60 }, (_, i) => account(`a${i}`).data);
    expect(await pauseAfter(() => prisma.account.createMany({ data: many }))).toBe(100);
    expect(await pauseAfter(() => prisma.account.create(account("b1")))).toBe(500);
    expect(await pauseAfter(() => prisma.account.create(account("b2")))).toBe(100);

    // Somebody waits to hear of it.
    const more = Array.from({ length: 60 }, (_, i) => account(`c${i}`).data);
    await pauseAfter(() => prisma.account.createMany({ data: more }));
    const end = await prisma.$digests.watch({ id: "a1", accountId: "a1" }, () => {});
    setTimer.mockClear();
    await prisma.account.create(account("d1"));
    expect(setTimer.mock.calls.map(([, pause]) => pause)).toContain(250);
    await end();
  } finally {
    vi.useRealTimers();
  }
});

test("settle() settles everything itself while the background settler stands by", async () => {
  const prisma = plain.$extends(digestSync(manifest, { delay: 0, every: 1 }));
  await prisma.$digests.install();
  prisma.$digests.start();
  await prisma.$digests.settle();
  await plain.city.createMany({
    data: Array.from({ length: 2_500 }, (_, cityId) => ({
      ...{
        cityId,
        name: "n",
        altName: "",
        country: "CH",
        featureCode: "P",
        adminCode: "",
        population: 1,
        lat: 1,
        lon: 1,
      },
    })),
  });
  const [one, other] = await Promise.all([prisma.$digests.settle(), prisma.$digests.settle()]);
  expect(one.settled + other.settled).toBeLessThanOrEqual(2_500);
  expect(await pending()).toBe(0);
  await prisma.$digests.stop();
});

test("$disconnect of the extended client settles what is pending", async () => {
  const prisma = plain.$extends(digestSync(manifest, { delay: 1_000_000 }));
  await prisma.$digests.install();
  await prisma.account.create(account("a1"));
  expect(await pending()).toBe(1);
  await prisma.$disconnect();
  expect(await pending()).toBe(0);
});

test("missing triggers are told once, at the first use, with what mends it", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const prisma = plain.$extends(digestSync(manifest, { delay: 1, every: 1 }));
  await prisma.account.create(account("a1"));
  await vi.waitFor(() => expect(warn).toHaveBeenCalled(), { timeout: 20_000 });
  await prisma.account.create(account("a2"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(warn.mock.calls).toEqual([
    [
      expect.stringMatching(
        /Writes to Account are not captured: its triggers are missing .* Run "npx digest-sync install/,
      ),
    ],
  ]);
  await prisma.$digests.install();
  await vi.waitFor(async () => expect((await prisma.$digests.root({ id: ["a1", "a2"], accountId: [] })).count).toBe(2));
  await prisma.$digests.stop();
  warn.mockRestore();
});

test("errors go to onError, and the settler goes on when the cause is gone", async () => {
  const errors: unknown[] = [];
  const prisma = plain.$extends(digestSync(manifest, { delay: 1, every: 1, onError: (error) => errors.push(error) }));
  await prisma.$digests.install();
  await prisma.$digests.settle();
  await database.run(`ALTER TABLE "_digest_scope" RENAME TO "away"`);
  await prisma.account.create(account("a1"));
  await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), { timeout: 20_000 });
  await database.run(`ALTER TABLE "away" RENAME TO "_digest_scope"`);
  await vi.waitFor(async () => expect(await pending()).toBe(0), { timeout: 20_000 });
  await prisma.$digests.stop();
});

test("without onError the console says once that settling fails and once that it works again, at every outage", async () => {
  const said: string[] = [];
  const spies = (["warn", "info"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((line) => void said.push(`${level}: ${line}`)),
  );
  const resumed = vi.fn();
  const prisma = plain.$extends(digestSync(manifest, { delay: 1, every: 1, onResumed: resumed }));
  await prisma.$digests.install();
  await prisma.$digests.settle();
  prisma.$digests.start();
  await prisma.account.create(account("a1"));
  await vi.waitFor(async () => expect(await pending()).toBe(0), { timeout: 20_000 });
  for (const outage of [1, 2]) {
    await database.run(`ALTER TABLE "_digest_pending" RENAME TO "away"`);
    await vi.waitFor(() => expect(said).toHaveLength(2 * outage - 1), { timeout: 20_000 });
    // Long enough for more attempts.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await database.run(`ALTER TABLE "away" RENAME TO "_digest_pending"`);
    await vi.waitFor(() => expect(resumed).toHaveBeenCalledTimes(outage), { timeout: 20_000 });
  }
  await prisma.$digests.stop();
  const [failing, working] = [/^warn: digest-sync: settling .* failed and goes on trying/, /^info: .* works again\.$/];
  expect(said).toEqual([failing, working, failing, working].map((line) => expect.stringMatching(line)));
  for (const spy of spies) spy.mockRestore();
});
