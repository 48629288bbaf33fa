import type { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { type Operation, operations, type Writer } from "./operations.js";

class RolledBack extends Error {}

/** The errors a write may end with by itself. Anything else is ours, or a mistake in the operation. */
function expected(error: unknown): boolean {
  if (error instanceof RolledBack) return true;
  const { code, message } = error as { code?: unknown; message?: unknown };
  // Text too long (MySQL has limits), unique value taken, row or relation not found, foreign key.
  const codes = ["P2000", "P2002", "P2003", "P2014", "P2015", "P2017", "P2018", "P2025"];
  // P2010 is what raw queries make of the same. A foreign key to a table keeps it from being truncated.
  const raw = /constraint|Duplicate entry|Data too long|cannot truncate|cannot affect row a second time/i;
  return codes.includes(String(code)) || (code === "P2010" && raw.test(String(message)));
}

/** Performs one operation. Returns whether it was written. */
export async function perform(client: PrismaClient, { kind, around, n, text }: Operation): Promise<boolean> {
  const run = (db: Writer) => operations[kind](db, n, text) as PromiseLike<unknown>;
  try {
    if (around === "alone") await run(client);
    else if (around === "batch") {
      // biome-ignore lint/suspicious/noExplicitAny: Prisma's promises differ by operation
      await client.$transaction([run(client) as any, client.city.count()]);
    } else {
      await client.$transaction(async (tx) => {
        if (around === "savepoint") await tx.$executeRawUnsafe("SAVEPOINT before_it");
        await run(tx);
        if (around === "savepoint") await tx.$executeRawUnsafe("ROLLBACK TO before_it");
        if (around === "rolled back") throw new RolledBack();
      });
    }
    return true;
  } catch (error) {
    if (expected(error)) return false;
    throw error;
  }
}
