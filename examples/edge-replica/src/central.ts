import "reflect-metadata";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DigestSyncModule } from "@digest-sync/nestjs";
import { digestSync } from "@digest-sync/prisma";
import { PGlite } from "@electric-sql/pglite";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaPGlite } from "pglite-prisma-adapter";
import { manifest } from "../../../prisma/generated/postgresql/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/postgresql/prisma/client.js";
import { repositoryFolder } from "./folders.js";

/** The central service, listening. */
export interface Central {
  readonly url: string;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/**
 * A Nest app over PostgreSQL that lets edges sync the cities.
 *
 * @param databaseUrl of an empty PostgreSQL database; undefined: PGlite, which is PostgreSQL in this process
 */
export async function startCentral(databaseUrl?: string, port = 0): Promise<Central> {
  const tables = await readFile(join(repositoryFolder, "prisma/generated/postgresql/schema.sql"), "utf8");
  const { prisma, close } = databaseUrl === undefined ? await embedded(tables) : await onServer(databaseUrl, tables);
  await prisma.$extends(digestSync(manifest)).$digests.install();

  @Module({
    imports: [
      // The edges hold reference data that is nobody's in particular: every scope of everything else is refused.
      DigestSyncModule.forRoot({ prisma, manifest, scope: () => ({ id: [], accountId: [] }) }),
    ],
  })
  class CentralModule {}
  const app = await NestFactory.create(CentralModule, { logger: ["error"], abortOnError: false });
  await app.listen(port, "127.0.0.1");
  return {
    url: `${await app.getUrl()}/sync`,
    prisma,
    close: async () => {
      await app.close();
      await close();
    },
  };
}

async function embedded(tables: string) {
  const database = await PGlite.create();
  await database.exec(tables);
  const prisma = new PrismaClient({ adapter: new PrismaPGlite(database) });
  const close = async () => {
    await prisma.$disconnect();
    await database.close();
  };
  return { prisma, close };
}

async function onServer(url: string, tables: string) {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
  const [there] = await prisma.$queryRawUnsafe<{ city: string | null }[]>(
    `SELECT to_regclass('"City"')::text AS "city"`,
  );
  if (there?.city === null)
    for (const sql of tables.split(/;\s*$/m)) if (sql.trim()) await prisma.$executeRawUnsafe(sql);
  return { prisma, close: () => prisma.$disconnect() };
}
