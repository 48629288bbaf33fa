import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./run.js";

/** A digest of the names and contents of files and of folders with everything below; what is missing counts as missing. */
export function digestOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(filesIn)) {
    hash.update(`${path}\n`);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

function filesIn(path) {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

/** With the installed packages: `npm ci` empties that folder, and then every step is due again. */
export const stampOf = (step) => join(root, "node_modules/.digest-sync", step);

/** Whether the work a stamp stands for was done with exactly these inputs. */
export const isFresh = (stamp, inputs) => existsSync(stamp) && readFileSync(stamp, "utf8") === inputs;

/** To be written when the work is done: a step that was interrupted runs again. */
export function writeStamp(stamp, inputs) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
}
