import { readFile } from "node:fs/promises";
import type { SchemaName } from "./database.js";

/** The SQL that makes a schema's tables, as `node scripts/prepare.js --providers` has written it. */
export async function definition(provider: "postgresql" | "mysql", schema: SchemaName): Promise<string> {
  try {
    return await readFile(new URL(`../../prisma/generated/${provider}/${schema}.sql`, import.meta.url), "utf8");
  } catch (cause) {
    const message = `There are no tables of prisma/${schema}.prisma for ${provider}: run "node scripts/prepare.js --providers".`;
    throw new Error(message, { cause });
  }
}

/** Statements end with `;` at the end of a line. */
export const statementsOf = (script: string): string[] =>
  script
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
