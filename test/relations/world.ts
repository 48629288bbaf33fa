import { digestSync } from "@digest-sync/prisma";
import fc from "fast-check";
import { expect } from "vitest";
import { manifest } from "../../prisma/generated/relations/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/relations/prisma/client.js";
import { emptyDatabase } from "../databases/index.js";
import { type Operation, operationOf, run } from "./operations.js";
import { expectedDigests, pendingPlaces, storedDigests } from "./oracle.js";

class RolledBack extends Error {}

/** The errors a write may end with by itself. */
function isExpected(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    error instanceof RolledBack ||
    ["P2002", "P2003", "P2014", "P2015", "P2016", "P2017", "P2018", "P2025"].includes(String(code)) ||
    // Raw statements, and what MySQL says of a cascade that comes to a duplicate (1761).
    (["P2010", "P2039"].includes(String(code)) && /constraint|duplicate/i.test(String(message)))
  );
}

/** Places whose digest is not up to date and that nothing in the queue names: a client of that scope alone would miss them. */
async function missed(client: PrismaClient): Promise<string[]> {
  const [expected, stored, pending] = [
    await expectedDigests(client),
    await storedDigests(client),
    await pendingPlaces(client),
  ];
  const places = Object.keys({ ...expected, ...stored }).filter((place) => expected[place] !== stored[place]);
  return places.filter((place) => {
    const [collection, scope] = place.split("|");
    return !pending.has(place) && !pending.has(`${collection}|*|*`) && !pending.has(`${collection}|${scope}|*`);
  });
}

/** Rows in every table, so that writes find something to change, and room for more. */
const first: readonly Operation[] = [0, 1, 2].flatMap((i) =>
  (
    [
      ["createAccount", [i, i, i, 0]],
      ["createOwner", [i, 0, 0, 0]],
      ["createFolder", [i, i + 1, i, 0]],
      ["createChat", [i, i, i, 0]],
      ["createSheet", [i >> 1, i, i, 0]],
      ["createDraft", [i, i, 0, 0]],
      ["createTag", [i, i, i + 1, 0]],
      ["createMessage", [i, i, i, i]],
      ["createMessage", [i + 5, i, i, i + 1]],
    ] as const
  ).map(([kind, n]) => ({ kind, around: "alone", n }) as const),
);

/**
 * A database of prisma/relations.prisma with everything installed, and nothing that settles unasked.
 *
 * @param more what the manifest says beside: `emulatedRelations`
 */
export async function world(more: Partial<typeof manifest> = {}) {
  const database = await emptyDatabase("relations");
  const plain = database.closing(new PrismaClient({ adapter: database.adapter() }));
  const errors: unknown[] = [];
  const prisma = plain.$extends(
    digestSync({ ...manifest, ...more }, { delay: 1_000_000, onError: (error) => errors.push(error) }),
  );
  await prisma.$digests.install();
  return {
    database,
    plain,
    prisma,
    /** Returns whether it was written. */
    async perform({ kind, around, n }: Operation): Promise<boolean> {
      try {
        if (around === "alone") await run(plain, kind, n);
        else if (around === "batch") {
          // biome-ignore lint/suspicious/noExplicitAny: Prisma's promises differ by operation
          await plain.$transaction([run(plain, kind, n) as any, plain.owner.count()]);
        } else {
          await plain.$transaction(async (inside) => {
            await run(inside, kind, n);
            if (around === "rolled back") throw new RolledBack();
          });
        }
        return true;
      } catch (error) {
        if (isExpected(error)) return false;
        throw error;
      }
    },
    /** SQLite, without foreign keys: on this connection, which the next transaction replaces. */
    async unenforced(statement: string): Promise<void> {
      await plain.$executeRawUnsafe("PRAGMA foreign_keys = OFF");
      await plain.$executeRawUnsafe(statement);
      await plain.$executeRawUnsafe("PRAGMA foreign_keys = ON");
    },
    /** Invariant 1. The audit settles first. */
    async look() {
      expect(await missed(plain)).toEqual([]);
      const { ok, findings, sums, unencodable } = await prisma.$digests.audit();
      expect({ ok, findings, sums, unencodable }).toEqual({ ok: true, findings: [], sums: [], unencodable: [] });
      expect(await storedDigests(plain)).toEqual(await expectedDigests(plain));
      expect(errors).toEqual([]);
    },
    async end() {
      await prisma.$digests.stop();
      await database.remove();
    },
  };
}

/** Performs random scripts and looks after every few operations. Returns the kinds that were written. */
export async function campaign(kinds: readonly string[], seed: number, runs: number): Promise<Set<string>> {
  console.log(`seed ${seed}`);
  const written = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(operationOf(kinds), { minLength: 60, maxLength: 100, size: "max" }), async (script) => {
      const here = await world();
      try {
        for (const one of first) await here.perform(one);
        for (const [index, one] of script.entries()) {
          if (await here.perform(one)) written.add(one.kind);
          if (index % 10 === 9 || index === script.length - 1) await here.look();
        }
      } finally {
        await here.end();
      }
    }),
    { seed, numRuns: runs, endOnFailure: false },
  );
  return written;
}
