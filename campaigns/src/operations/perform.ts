import type { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";
import { databaseRefusal, isPrismaRefusal, RolledBack } from "./errors.js";
import type { Catalogue, Operation } from "./operation.js";
import { rawWrites } from "./raw.js";
import { type Sql, spelled, type Writer } from "./writer.js";

/** The clients that write. */
export interface Writers {
  readonly extended: PrismaClient;
  readonly plain: PrismaClient;
  /** The driver without any Prisma, on one connection of its own. */
  readonly bare: Sql;
}

/** Milliseconds an interactive transaction gets that is to be timed out. */
const tooShort = 1;

/** Performs one operation. Returns whether it was written; a write that the database refuses by its rules is not. */
export async function perform(catalogue: Catalogue, writers: Writers, operation: Operation): Promise<boolean> {
  try {
    if (operation.by === "bare") await byDriver(writers.bare, operation);
    else await byPrisma(catalogue, writers[operation.by], writers.bare.provider, operation);
    return operation.around !== "savepoint";
  } catch (error) {
    if (error instanceof RolledBack || isPrismaRefusal(error) || databaseRefusal(error)) return false;
    if (operation.around === "timed out" && (error as { code?: unknown }).code === "P2028") return false;
    throw error;
  }
}

/** Several operations in one transaction, each within a savepoint: what the database refuses does not end the others. */
export async function performTogether(
  catalogue: Catalogue,
  { plain, bare }: Writers,
  operations: readonly Operation[],
  ending: "committed" | "rolled back",
): Promise<boolean> {
  try {
    await plain.$transaction(
      async (inside) => {
        for (const operation of operations) {
          await inside.$executeRawUnsafe("SAVEPOINT before_it");
          try {
            await writeOf(catalogue, bare.provider, operation)(inside);
          } catch (error) {
            if (!isPrismaRefusal(error) && !databaseRefusal(error)) throw error;
            await inside.$executeRawUnsafe("ROLLBACK TO SAVEPOINT before_it");
          }
        }
        if (ending === "rolled back") throw new RolledBack();
      },
      { timeout: 20_000, maxWait: 20_000 },
    );
    return true;
  } catch (error) {
    if (error instanceof RolledBack) return false;
    throw error;
  }
}

async function byPrisma(
  catalogue: Catalogue,
  client: PrismaClient,
  provider: Sql["provider"],
  operation: Operation,
): Promise<void> {
  const run = writeOf(catalogue, provider, operation);
  const { around } = operation;
  if (around === "alone") await run(client);
  else if (around === "batch") {
    // biome-ignore lint/suspicious/noExplicitAny: Prisma's promises differ by operation
    await client.$transaction([run(client) as any, client.city.count()]);
  } else {
    const limit = around === "timed out" ? { timeout: tooShort } : { timeout: 20_000, maxWait: 20_000 };
    await client.$transaction(async (inside) => {
      if (around === "savepoint") await inside.$executeRawUnsafe("SAVEPOINT before_it");
      await run(inside);
      if (around === "savepoint") await inside.$executeRawUnsafe("ROLLBACK TO SAVEPOINT before_it");
      if (around === "rolled back") throw new RolledBack();
      if (around === "timed out") await new Promise((resolve) => setTimeout(resolve, 5 * tooShort));
    }, limit);
  }
}

function writeOf({ writes }: Catalogue, provider: Sql["provider"], { kind, n, text }: Operation) {
  const write = writes[kind];
  if (write) return (db: Writer) => write(db, n, text);
  return (db: Writer) => rawWrites[provider][kind]!(sqlOf(db, provider), n, text);
}

async function byDriver(bare: Sql, { kind, around, n, text }: Operation): Promise<void> {
  const write = () => rawWrites[bare.provider][kind]!(bare, n, text);
  if (around === "alone" || around === "batch") {
    await write();
    return;
  }
  await bare.run("BEGIN");
  try {
    if (around === "savepoint") await bare.run("SAVEPOINT before_it");
    await write();
    if (around === "savepoint") await bare.run("ROLLBACK TO SAVEPOINT before_it");
    if (around === "rolled back" || around === "timed out") throw new RolledBack();
    await bare.run("COMMIT");
  } catch (error) {
    await bare.run("ROLLBACK");
    throw error;
  }
}

function sqlOf(db: Writer, provider: Sql["provider"]): Sql {
  return { provider, run: (sql, ...parameters) => db.$executeRawUnsafe(spelled(provider, sql), ...parameters) };
}
