import type { Provider } from "@digest-sync/engine";
import type { PrismaPromise } from "@prisma/client/runtime/client";
import type { Client } from "./operation.js";

type Write = (db: Client) => PromiseLike<unknown>;

/** What a write happens in. */
export interface Circumstance {
  readonly name: string;
  /** Whether the write is there afterwards. */
  readonly commits: boolean;
  /** Databases that have it; all of them if absent. */
  readonly on?: readonly Provider[];
  /** PGlite's adapter for Prisma has no savepoints. */
  readonly notOnPglite?: true;
  /** Through a Prisma client. */
  readonly through?: (client: Client, write: Write, patience: number) => PromiseLike<unknown>;
  /** As SQL: every string is one call of a driver; a shell gets them as one script. */
  readonly script?: (sql: string, begin: string) => readonly string[];
  /** The connection ends right after the script. */
  readonly cutOff?: true;
}

export class RolledBack extends Error {
  override readonly name = "RolledBack";
}

/** A transaction timed out in the middle of its write: nothing can be said of it, and it needs more time. */
export class TooSlow extends Error {}

/** A write that a batch cannot survive: the id is taken. */
const failing = (db: Client) => db.team.create({ data: { id: 3, name: "taken" } });

async function back(): Promise<never> {
  throw new RolledBack();
}

/** Swallows what a savepoint was rolled back with, so that the transaction around it goes on. */
async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error) => {
    if (!(error instanceof RolledBack)) throw error;
    return "rolled back";
  });
}

type Interactive = Pick<Client, "$transaction">;
const isolated =
  (isolationLevel: string): NonNullable<Circumstance["through"]> =>
  (client, write) =>
    (client as Interactive).$transaction(async (tx) => await write(tx as Client), {
      isolationLevel: isolationLevel as never,
    });

export const circumstances: readonly Circumstance[] = [
  { name: "alone", commits: true, through: (client, write) => write(client), script: (sql) => [sql] },
  {
    name: "batch",
    commits: true,
    through: (client, write) => client.$transaction([client.team.count(), write(client) as PrismaPromise<unknown>]),
    script: (sql, begin) => [`${begin}; ${sql}; COMMIT`],
  },
  {
    name: "interactive transaction",
    commits: true,
    through: (client, write) => client.$transaction(async (tx) => [await write(tx as Client), await tx.card.count()]),
    script: (sql, begin) => [begin, sql, "COMMIT"],
  },
  {
    name: "nested transaction",
    commits: true,
    notOnPglite: true,
    through: (client, write) =>
      client.$transaction(async (tx) => [
        await caught((tx as Client).$transaction(back)),
        await (tx as Client).$transaction(async (inner) => await write(inner as Client)),
        await tx.card.count(),
      ]),
    script: (sql, begin) => [begin, "SAVEPOINT one", sql, "RELEASE SAVEPOINT one", "COMMIT"],
  },
  { name: "repeatable read", on: ["postgresql", "mysql"], commits: true, through: isolated("RepeatableRead") },
  { name: "serializable", on: ["postgresql", "mysql"], commits: true, through: isolated("Serializable") },
  {
    name: "batch rolled back",
    commits: false,
    through: (client, write) => client.$transaction([write(client) as PrismaPromise<unknown>, failing(client)]),
  },
  {
    name: "interactive transaction rolled back",
    commits: false,
    through: (client, write) =>
      client.$transaction(async (tx) => {
        await write(tx as Client);
        await back();
      }),
    script: (sql, begin) => [begin, sql, "ROLLBACK"],
  },
  {
    name: "nested transaction rolled back",
    commits: false,
    notOnPglite: true,
    through: (client, write) =>
      client.$transaction(async (tx) => [
        await caught(
          (tx as Client).$transaction(async (inner) => {
            await write(inner as Client);
            await back();
          }),
        ),
        await tx.card.count(),
      ]),
    script: (sql, begin) => [begin, "SAVEPOINT one", sql, "ROLLBACK TO SAVEPOINT one", "COMMIT"],
  },
  {
    name: "timed out, or cut off",
    commits: false,
    through: async (client, write, timeout) => {
      let writing: PromiseLike<unknown> | undefined;
      let written = false;
      const started = performance.now();
      try {
        return await client.$transaction(
          async (tx) => {
            writing = write(tx as Client);
            await writing;
            // The transaction stays open until its time is over.
            for (;;) {
              await tx.reader.count();
              written = true;
              await new Promise((resolve) => setTimeout(resolve, 5));
            }
          },
          { timeout },
        );
      } catch (error) {
        // What comes after the time is over is no answer to the write: its first statements are rolled back by then.
        const inTime = performance.now() - started < timeout;
        if (written || (inTime && (error as { code?: unknown }).code !== "P2028")) throw error;
        // Prisma goes on with an operation of several statements when the transaction is over, and outside of it.
        await writing?.then(undefined, () => {});
        throw new TooSlow();
      }
    },
    script: (sql, begin) => [begin, sql],
    cutOff: true,
  },
];
