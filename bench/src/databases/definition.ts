import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { statementsOf } from "../../../test/databases/definition.js";
import { repositoryFolder } from "../repository.js";

/** The statements that make the tables of prisma/schema.prisma. */
export async function tablesFor(provider: "postgresql" | "mysql"): Promise<string[]> {
  return statementsOf(await readFile(join(repositoryFolder(), `prisma/generated/${provider}/schema.sql`), "utf8"));
}

/** Connections of a client. */
export const poolSize = 10;
