import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { repositoryFolder } from "./folders.js";

/** What a seeded database depends on: the code that makes rows and digests, the schema, the packages installed. */
const inputs = [
  ...["account-rows.js", "talk.js", "seed.js", "database.js", "../app/accounts.js"].map((name) =>
    join(import.meta.dirname, name),
  ),
  ...["packages/core/dist", "packages/engine/dist", "packages/prisma/dist", "prisma", "package-lock.json"].map((path) =>
    join(repositoryFolder, path),
  ),
];

/** A name for the database that this build makes. Of the compiled demo only: sources have no such files. */
export function cacheKey(): string {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap(filesIn)) {
    hash.update(`${file.slice(repositoryFolder.length)}\n`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

function filesIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(js|prisma)$/.test(name) && !/^cjs[/\\]/.test(name))
    .sort()
    .map((name) => join(path, name));
}
