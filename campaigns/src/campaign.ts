import { Cleanup } from "./cleanup.js";
import type { DatabaseKind } from "./databases/database.js";
import { databases } from "./databases/index.js";

/** What is wrong with the command line: told without a stack. */
export class UsageError extends Error {}

export interface Tools {
  readonly cleanup: Cleanup;
  kindOf(database: string): DatabaseKind;
  seedOf(option: string | undefined): number;
  /** @throws UsageError when it is not a whole number from zero on */
  count(option: string, value: string): number;
}

/** The body of a command: exit code 0 when it returns true, 1 when false or on an error, and everything cleaned up. */
export async function campaign(work: (tools: Tools) => Promise<boolean>): Promise<void> {
  const cleanup = new Cleanup();
  cleanup.onSignals();
  try {
    process.exitCode = (await work({ cleanup, kindOf, seedOf, count })) ? 0 : 1;
  } catch (error) {
    if (!cleanup.interrupted) console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 1;
  }
  // The signal's own cleaning up ends the process.
  if (cleanup.interrupted) return;
  await cleanup.run();
  // Drivers keep connections for reuse, and with them the process.
  process.exit();
}

function kindOf(database: string): DatabaseKind {
  const kind = databases[database];
  if (kind) return kind;
  throw new UsageError(`--database is one of ${Object.keys(databases).join(", ")}, not "${database}".`);
}

function seedOf(option: string | undefined): number {
  const seed = option === undefined ? Date.now() % 1_000_000 : Number(option);
  if (Number.isSafeInteger(seed)) return seed;
  throw new UsageError(`--seed takes a whole number, not "${option}".`);
}

function count(option: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new UsageError(`${option} takes a whole number, not "${value}".`);
}
