import { makeTypedQueryFactory } from "@prisma/client/runtime/client";
import { readReplicas } from "@prisma/extension-read-replicas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AnyClient, type App, digests, emptyApp, errors, manifest, poked, seed } from "./coexistence/app.js";
import { others, script } from "./coexistence/extensions.js";
import { expectExact } from "./coexistence/oracle.js";

let app: App;
beforeEach(async () => {
  errors.length = 0;
  app = await emptyApp();
});
afterEach(async () => {
  await app.remove();
  expect(errors).toEqual([]);
});

const stack = Object.values(others);

describe("the order of extensions", () => {
  test.each(stack.map((_, i) => i).concat(stack.length))("Digest Sync after %i others", async (position) => {
    const prisma = app.extend(app.plain, [...stack.slice(0, position), digests(), ...stack.slice(position)]);
    await prisma.$digests.install();
    await seed(app.plain);
    const twin = await emptyApp();
    await seed(twin.plain);
    expect(await script(prisma)).toEqual(await script(twin.extend(twin.plain, stack)));
    await twin.remove();
    await expectExact(app.plain, prisma);
    // The soft-deleted, the hidden and the changed are in the digests as they are in the tables.
    expect(await app.plain.task.count({ where: { deleted: true } })).toBeGreaterThan(0);
  });
});

/** Every way to write that an app's code has. */
const writes: Readonly<Record<string, (prisma: AnyClient) => PromiseLike<unknown>>> = {
  "one operation": (prisma) => prisma.project.create({ data: { id: "n", tenantId: "t1", name: "n" } }),
  "a batch": (prisma) => prisma.$transaction([prisma.project.create({ data: { id: "n", tenantId: "t1", name: "n" } })]),
  "an interactive transaction": (prisma) =>
    prisma.$transaction((tx: AnyClient) => tx.project.create({ data: { id: "n", tenantId: "t1", name: "n" } })),
  $executeRaw: (prisma) => prisma.$executeRawUnsafe(`UPDATE ${q("Project")} SET ${q("name")} = 'raw'`),
  TypedSQL: (prisma) => prisma.$queryRawTyped(typed()),
};
const q = (name: string) => (manifest.provider === "mysql" ? `\`${name}\`` : `"${name}"`);
/** What `prisma generate --sql` writes for a file of SQL; the command itself asks a schema engine and a database for types. */
const typed = makeTypedQueryFactory(`UPDATE ${q("Project")} SET ${q("name")} = 'typed'`);

describe("every write wakes the settler, wherever Digest Sync stands among the extensions", () => {
  test.each(Object.keys(writes).flatMap((name) => ["first", "last"].map((place) => ({ name, place }))))(
    "$name, $place",
    async ({ name, place }) => {
      const prisma = app.extend(app.plain, place === "first" ? [digests(), ...stack] : [...stack, digests()]);
      await prisma.$digests.install();
      await seed(app.plain);
      await prisma.$digests.settle();
      const settled = poked(prisma);
      await writes[name]?.(prisma);
      await settled;
      await expectExact(app.plain, prisma);
    },
  );
});

describe("read replicas", () => {
  test.each(["above", "below"])("Digest Sync %s: it settles and answers from the primary", async (place) => {
    // A replica that is behind: it has the tables, and no rows.
    const replica = await emptyApp();
    const replicas = readReplicas({ replicas: [replica.plain as AnyClient] });
    const prisma = app.extend(app.plain, place === "above" ? [replicas, digests()] : [digests(), replicas]);
    await prisma.$digests.install();
    await seed(prisma);
    expect(await prisma.project.count()).toBe(0);
    expect(await prisma.$primary().project.count()).toBe(3);
    await expectExact(app.plain, prisma);
    expect((await prisma.$digests.root({ tenantId: ["t1", "t2"] })).count).toBe(9);
    await prisma.$transaction((tx: AnyClient) => tx.task.delete({ where: { id: "p1a" } }));
    expect((await prisma.$digests.root({ tenantId: ["t1", "t2"] })).count).toBe(8);
    expect(await replica.plain.digestScope.count()).toBe(0);
    await prisma.$disconnect();
    await replica.remove();
  });
});

describe("what the app reads is not what is digested", () => {
  test("omit: of the client, and of a query", async () => {
    const client = app.open({ omit: { task: { estimate: true }, project: { name: true } } });
    const prisma = app.extend(client, [digests()]);
    await prisma.$digests.install();
    await seed(client);
    const created = await prisma.task.create({
      data: { id: "n", projectId: "p1", title: "n", estimate: 3 },
      omit: { title: true },
    });
    expect(created).toEqual({ id: "n", projectId: "p1", deleted: false });
    const before = await prisma.$digests.digest("Task", "n");
    await prisma.task.update({ where: { id: "n" }, data: { estimate: 4 } });
    expect(await prisma.$digests.digest("Task", "n")).not.toEqual(before);
    await expectExact(app.plain, prisma);
  });

  test("an extension that answers from a cache: queries that never reach the database", async () => {
    const cache = { query: { $allModels: { findMany: async () => [], count: async () => 7 } } };
    const prisma = app.extend(app.plain, [cache, digests(), cache]);
    await prisma.$digests.install();
    await seed(app.plain);
    expect(await prisma.task.findMany()).toEqual([]);
    await expectExact(app.plain, prisma);
  });
});

describe("clients", () => {
  test("several extended clients of one base, and of several", async () => {
    const clients = [
      app.extend(app.plain, [digests()]),
      app.extend(app.plain, [digests(), others.result]),
      app.extend(app.open(), [digests()]),
      app.extend(app.plain, [digests(), digests()]),
    ];
    for (const prisma of clients) await prisma.$digests.install();
    await seed(clients[0]);
    await Promise.all(clients.map((prisma, i) => prisma.task.update({ where: { id: "p1a" }, data: { estimate: i } })));
    await Promise.all(clients.map((prisma) => prisma.$digests.settle()));
    for (const prisma of clients) await expectExact(app.plain, prisma);
  });

  test.each([
    { errorFormat: "minimal" as const },
    { log: [{ emit: "event" as const, level: "query" as const }] },
    // Too short for settling: it has to bring its own.
    { transactionOptions: { timeout: 1, maxWait: 1 } },
    ...(manifest.provider === "sqlite" ? [] : [{ transactionOptions: { isolationLevel: "Serializable" as const } }]),
  ])("of the options %j", async (options) => {
    const client = app.open(options);
    const prisma = app.extend(client, [digests()]);
    await prisma.$digests.install();
    await seed(app.plain);
    await expectExact(app.plain, prisma);
    await prisma.project.update({ where: { id: "p1" }, data: { tenantId: "t2" } });
    await expectExact(app.plain, prisma);
  });

  test("events that the app listens to go on", async () => {
    const client = app.open({ log: [{ emit: "event", level: "query" }] }) as AnyClient;
    const queries: string[] = [];
    client.$on("query", ({ query }: { query: string }) => queries.push(query));
    const prisma = app.extend(client, [digests()]);
    await prisma.$digests.install();
    await seed(prisma);
    expect(queries.some((query) => query.includes("Project"))).toBe(true);
    await expectExact(app.plain, prisma);
  });
});

describe('relations that Prisma emulates (relationMode = "prisma")', () => {
  let prisma: AnyClient;
  beforeEach(async () => {
    prisma = app.extend(app.plain, [digests()]);
    await prisma.$digests.install();
    await seed(app.plain);
    await prisma.$digests.settle();
  });

  const operations: Readonly<Record<string, (db: AnyClient) => Promise<unknown>>> = {
    "a cascading delete": (db) => db.project.delete({ where: { id: "p1" } }),
    "a cascading update of the key": (db) => db.project.update({ where: { id: "p1" }, data: { id: "P1" } }),
    "a parent that moves to another scope": (db) =>
      db.project.update({ where: { id: "p1" }, data: { tenantId: "t2" } }),
    "a child that moves": (db) => db.task.update({ where: { id: "p1a" }, data: { projectId: "p3" } }),
    "a child that is connected": (db) =>
      db.project.update({ where: { id: "p3" }, data: { tasks: { connect: { id: "p1a" } } } }),
  };
  test.each(Object.entries(operations))("%s", async (_, operation) => {
    await operation(prisma);
    await expectExact(app.plain, prisma);
  });

  test("children whose parent goes behind Prisma's back, and comes again", async () => {
    await app.plain.$executeRawUnsafe(`DELETE FROM ${q("Project")} WHERE ${q("id")} = 'p1'`);
    await expectExact(app.plain, prisma);
    await app.plain.project.create({ data: { id: "p1", tenantId: "t2", name: "again" } });
    await expectExact(app.plain, prisma);
  });
});
