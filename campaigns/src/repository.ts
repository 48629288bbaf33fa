import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The same code runs from `src` (tests) and from `dist`, which are not equally deep: so by a file of the root. */
function folderOf(folder: string): string {
  return existsSync(join(folder, "package-lock.json")) ? folder : folderOf(dirname(folder));
}

/** The folder of the repository. */
export const repository = folderOf(import.meta.dirname);
