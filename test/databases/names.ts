import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";

// Databases on a server are named for the process that made them: several runs, clones and machines share a server, and
// what a killed run left behind can be told from what is in use.

const prefix = "ds_test";
const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
const day = 24 * 60 * 60 * 1000;

/** `ds_test_<host>_<process>_<time>_<random>`: lower case, 45 bytes at most. */
export function newName(): string {
  return [prefix, host, process.pid, Date.now().toString(36), randomBytes(4).toString("hex")].join("_");
}

/** For `LIKE`, with `\` as escape. */
export const namePattern = `${prefix.replaceAll("_", "\\_")}\\_%`;

/** Whether a database was left behind: its process is gone, or it is older than any run. */
export function isLeftover(name: string): boolean {
  const [, madeOn, process, time] = /^ds_test_([0-9a-f]+)_(\d+)_([0-9a-z]+)_/.exec(name) ?? [];
  if (time === undefined) return false;
  if (Date.now() - Number.parseInt(time, 36) > day) return true;
  return madeOn === host && !isAlive(Number(process));
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
