import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The same code runs from `src` (tests) and from `dist`, which are not equally deep: so by a file of the root. */
export function repositoryFolder(folder = import.meta.dirname): string {
  return existsSync(join(folder, "package-lock.json")) ? folder : repositoryFolder(dirname(folder));
}
