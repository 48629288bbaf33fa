import { type DatabaseManifest, Digests, type SettlerOptions } from "@digest-sync/engine";
import { Prisma } from "@prisma/client/extension";
import { baseClient } from "./client.js";
import { prismaDatabase } from "./database.js";

export type DigestSyncOptions = SettlerOptions;

/** Operations that cannot write. Every raw query may: `INSERT ... RETURNING` is one. */
const reads = new Set([
  "findUnique",
  "findUniqueOrThrow",
  "findFirst",
  "findFirstOrThrow",
  "findMany",
  "count",
  "aggregate",
  "groupBy",
]);

/**
 * The Prisma extension. It adds `$digests`, and after every write of this client it pokes the background settler. It
 * runs no query inside the app's transactions, makes none of its calls wait, and passes results and errors through.
 * Capturing the writes is the triggers' work, so writes of other clients and processes count as well.
 *
 * @param manifest from the generated `server.ts`
 * @example
 * const prisma = new PrismaClient({ adapter }).$extends(digestSync(manifest));
 * await prisma.$digests.install();
 */
export function digestSync(manifest: DatabaseManifest, options: DigestSyncOptions = {}) {
  return Prisma.defineExtension((client) => {
    const digests = new Digests(manifest, prismaDatabase(baseClient(client), manifest), options);
    const methods = { $digests: digests, ...pokingMethods(client, digests) };
    return client.$extends({
      name: "digest-sync",
      // The two methods that are wrapped keep the types Prisma gives them.
      client: methods as { $digests: Digests },
      query: {
        async $allOperations(call) {
          const { operation, args, query } = call;
          const result = await query(args);
          // Inside a transaction there is nothing to see yet: `$transaction` pokes when it is over.
          if (!reads.has(operation) && !insideTransaction(call)) digests.poke();
          return result;
        },
      },
    });
  });
}

/** `__internalParams` is not public API, but what Prisma's own read-replicas extension goes by. Without it: a poke too many. */
function insideTransaction(call: object): boolean {
  const { __internalParams } = call as { __internalParams?: { transaction?: unknown } };
  return __internalParams?.transaction !== undefined;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * `$transaction` and `$disconnect` as the client beneath has them, called on the outermost client: called on the one
 * beneath, they would lose the query hooks of the extensions above.
 */
function pokingMethods(client: object, digests: Digests) {
  const { $transaction, $disconnect } = client as { $transaction: Method; $disconnect: Method };
  return {
    $transaction(this: unknown, ...args: unknown[]) {
      const result = $transaction.apply(this, args);
      const poke = () => digests.poke();
      result.then(poke, poke);
      return result;
    },
    async $disconnect(this: unknown, ...args: unknown[]) {
      await digests.stop();
      return $disconnect.apply(this, args);
    },
  };
}
