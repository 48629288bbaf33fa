import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of the whole repository. The same code runs from `src` and from `dist`, which are not equally deep. */
export const repositoryFolder = rootOf(import.meta.dirname);

function rootOf(folder: string): string {
  return existsSync(join(folder, "package-lock.json")) ? folder : rootOf(dirname(folder));
}
