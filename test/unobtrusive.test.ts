import { digestSync } from "@digest-sync/prisma";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase } from "./database.js";
import { type Operation, operation, operations } from "./random/operations.js";

/** The same writes every time. */
const script = fc.sample(operation, { numRuns: 150, seed: 7 });

/** What the app sees of a write: its result, or its error. */
async function outcome(client: PrismaClient, { kind, n, text, around }: Operation): Promise<unknown> {
  try {
    const result =
      around === "interactive" || around === "savepoint"
        ? await client.$transaction(async (tx) => [await operations[kind](tx, n, text), await tx.contact.count()])
        : around === "batch"
          ? // biome-ignore lint/suspicious/noExplicitAny: Prisma's promises differ by operation
            await client.$transaction([operations[kind](client, n, text) as any, client.contact.count()])
          : await operations[kind](client, n, text);
    // Defaults that the database or Prisma draws anew for every write.
    return JSON.parse(JSON.stringify(result ?? null, (key, value) => (/At$/.test(key) ? "now" : value)));
  } catch (error) {
    const { name, code, meta } = error as { name: string; code?: string; meta?: object };
    return { name, code, meta: meta && Object.keys(meta) };
  }
}

const faults: Record<string, (client: PrismaClient, stop: () => Promise<void>) => Promise<unknown>> = {
  "nothing is wrong": async () => undefined,
  "the settler has stopped": (_, stop) => stop(),
  "the settler throws at every run": (client) => client.$executeRawUnsafe(`DROP TABLE "_digest_scope"`),
  "another process's settler moves every version": (client) =>
    client.$executeRawUnsafe(
      `CREATE TRIGGER "rival" AFTER INSERT ON "_digest_pending" BEGIN UPDATE "_digest_scope" SET "version" = "version" + 1; END`,
    ),
  "the error handler throws as well": (client) => client.$executeRawUnsafe(`DROP TABLE "_digest_meta"`),
  "the triggers are missing": async (client) => {
    const triggers = await client.$queryRawUnsafe<{ name: string }[]>(
      `SELECT "name" FROM "sqlite_master" WHERE "type" = 'trigger'`,
    );
    for (const { name } of triggers) await client.$executeRawUnsafe(`DROP TRIGGER "${name}"`);
  },
};

describe("invariant 8: the app's writes behave as without us", () => {
  test.each(Object.entries(faults))("when %s", async (fault, breakIt) => {
    const [without, having] = [await emptyDatabase("schema"), await emptyDatabase("schema")];
    const plain = without.closing(new PrismaClient({ adapter: without.adapter() }));
    const base = having.closing(new PrismaClient({ adapter: having.adapter() }));
    const onError = () => {
      if (fault.startsWith("the error handler")) throw new Error("broken too");
    };
    const prisma = base.$extends(digestSync(manifest, { delay: 1, every: 5, onError }));
    await prisma.$digests.install();
    prisma.$digests.start();
    await breakIt(base, () => prisma.$digests.stop());

    for (const one of script) {
      expect(await outcome(prisma as unknown as PrismaClient, one), JSON.stringify(one)).toEqual(
        await outcome(plain, one),
      );
    }
    for (const table of ["Account", "Contact", "Chat", "Message", "City"]) {
      const count = `SELECT count(*) AS "count" FROM "${table}"`;
      expect(await base.$queryRawUnsafe(count), table).toEqual(await plain.$queryRawUnsafe(count));
    }
    await prisma.$digests.stop();
    await Promise.all([without.remove(), having.remove()]);
  });

  test("while another process holds the database's write lock, a write waits for it as a plain one does", async () => {
    const database = await emptyDatabase("schema");
    const base = database.closing(new PrismaClient({ adapter: database.adapter() }));
    const prisma = base.$extends(digestSync(manifest, { delay: 1 }));
    await prisma.$digests.install();
    const { spawn } = await import("node:child_process");
    const holder = spawn(process.execPath, ["-e", holdLock, database.path], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    // Waits inside SQLite until the other process has let go.
    const created = await prisma.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
    expect(created).toEqual({ id: "a1", name: "Ada", email: "ada@example.com" });
    expect((await prisma.$digests.audit()).ok).toBe(true);
    await prisma.$digests.stop();
    await database.remove();
  });
});

const holdLock = `
const Database = require("libsql");
const database = new Database(process.argv[1]);
database.exec("BEGIN IMMEDIATE");
console.log("locked");
setTimeout(() => database.exec("COMMIT"), 300);
`;
