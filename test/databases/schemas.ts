import { existsSync, readdirSync } from "node:fs";

const folder = new URL("../../prisma/generated/postgresql", import.meta.url);

/** The schemas that databases are made of: what has been derived from the files of prisma/. */
export const schemas: readonly string[] = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((name) => name.endsWith(".sql"))
  .map((name) => name.replace(".sql", ""));
