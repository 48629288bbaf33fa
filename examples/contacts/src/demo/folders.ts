import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

// The same code runs from `src` (tests) and from `dist` (the demo), which are not equally deep: so by package.json.

/** The folder of this example. */
export const exampleFolder = nearestPackage(import.meta.dirname);

/** The folder of the whole repository. */
export const repositoryFolder = join(exampleFolder, "../..");

function nearestPackage(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : nearestPackage(dirname(folder));
}
