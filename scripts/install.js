import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "./run.js";

/** `npm ci`, unless what is installed in the folder is exactly what its lock file says. */
export function install(folder, what, options = []) {
  if (isInstalled(folder)) return false;
  console.error(`Installing ${what} ...`);
  npm(["ci", "--loglevel=error", ...options], { cwd: folder });
  return true;
}

/**
 * npm keeps a lock file of what it installed in node_modules, written when it is done. Comparing the two, rather than
 * a stamp of our own, notices an interrupted install and accepts what a developer's `npm install` brought up to date.
 */
function isInstalled(folder) {
  const installedPath = join(folder, "node_modules/.package-lock.json");
  if (!existsSync(installedPath)) return false;
  const wanted = packagesIn(join(folder, "package-lock.json"));
  const installed = packagesIn(installedPath);
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    // Other platforms' binaries are in the lock file and not on this disk.
    if (!(path in installed)) return entry.optional === true;
    return JSON.stringify(installed[path]) === JSON.stringify(entry);
  });
}

function packagesIn(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}
