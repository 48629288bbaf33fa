import { digestSync } from "@digest-sync/prisma";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { dropTrigger, installedTriggers } from "./databases/digest-tables.js";
import { can, databaseName, emptyDatabase, provider, sql, type TestDatabase } from "./databases/index.js";
import { type Operation, operation, operations } from "./random/operations.js";

/** The same writes every time. */
const script = fc.sample(operation, { numRuns: databaseName === "sqlite" ? 150 : 60, seed: 7 });

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

interface Broken {
  readonly database: TestDatabase;
  readonly client: PrismaClient;
  settle(): Promise<unknown>;
  stop(): Promise<void>;
}

const somewhere = { name: "", altName: "", country: "", featureCode: "", adminCode: "", population: 0, lat: 0, lon: 0 };

/** Breaks something. If it returns a function, that mends it when all is written. */
type Fault = (broken: Broken) => Promise<unknown>;

/** On SQLite a settler notices others by the versions they move, elsewhere it waits for the rows they lock. */
const rival: Record<string, Fault> =
  provider === "sqlite"
    ? {
        "another process's settler moves every version": async ({ database }) => {
          await database.run(
            `CREATE TRIGGER "rival" AFTER INSERT ON "_digest_pending"
             BEGIN UPDATE "_digest_scope" SET "version" = "version" + 1; END`,
          );
        },
      }
    : {
        "another process's settler keeps every scope locked": async ({ database, client, settle }) => {
          const other = database.closing(new PrismaClient({ adapter: database.adapter() }));
          // A scope that all of them write to.
          await client.city.create({ data: { ...somewhere, cityId: -1 } });
          await client.city.delete({ where: { cityId: -1 } });
          await settle();
          let end = () => {};
          const ended = new Promise<void>((resolve) => {
            end = resolve;
          });
          let locking: Promise<void> | undefined;
          await new Promise<void>((locked, failed) => {
            const work = async (tx: Pick<PrismaClient, "$queryRawUnsafe">) => {
              await tx.$queryRawUnsafe(sql(`SELECT "id" FROM "_digest_scope" FOR UPDATE`));
              locked();
              await ended;
            };
            locking = other.$transaction(work, { timeout: 60_000 });
            locking.catch(failed);
          });
          return async () => {
            end();
            await locking;
          };
        },
      };

const faults: Record<string, Fault> = {
  "nothing is wrong": async () => undefined,
  "the settler has stopped": ({ stop }) => stop(),
  "the settler throws at every run": async ({ database }) => {
    await database.run(`DROP TABLE "_digest_scope"`);
  },
  ...(provider === "sqlite" || can.severalConnections ? rival : {}),
  "the error handler throws as well": async ({ database }) => {
    await database.run(`DROP TABLE "_digest_meta"`);
  },
  "the triggers are missing": async ({ client }) => {
    for (const trigger of await installedTriggers(client)) await dropTrigger(client, trigger);
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
    const mend = await breakIt({
      database: having,
      client: base,
      settle: () => prisma.$digests.settle(),
      stop: () => prisma.$digests.stop(),
    });

    for (const one of script) {
      expect(await outcome(prisma as unknown as PrismaClient, one), JSON.stringify(one)).toEqual(
        await outcome(plain, one),
      );
    }
    for (const table of ["Account", "Contact", "Chat", "Message", "City"]) {
      const count = sql(`SELECT count(*) AS "count" FROM "${table}"`);
      expect(await base.$queryRawUnsafe(count), table).toEqual(await plain.$queryRawUnsafe(count));
    }
    if (typeof mend === "function") await mend();
    await prisma.$digests.stop();
    await Promise.all([without.remove(), having.remove()]);
  });
});
