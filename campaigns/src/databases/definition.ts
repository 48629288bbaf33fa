import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { statementsOf } from "../../../test/databases/definition.js";
import { repository } from "../repository.js";

/** The statements that make the campaigns' tables. */
export async function tablesFor(provider: "postgresql" | "mysql"): Promise<string[]> {
  return statementsOf(await readFile(join(repository, `prisma/generated/${provider}/campaigns.sql`), "utf8"));
}

/** The same server's URL with another database. */
export function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** Connections of one client of ours. */
export const poolSize = 6;
