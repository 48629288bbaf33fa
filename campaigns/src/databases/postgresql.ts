import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { manifest as clientManifest } from "../../../prisma/generated/postgresql/campaigns/digest-sync/client.js";
import { manifest } from "../../../prisma/generated/postgresql/campaigns/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/postgresql/campaigns/prisma/client.js";
import { newName } from "../../../test/databases/names.js";
import { servers } from "../../../test/databases/servers.js";
import { spelled } from "../operations/writer.js";
import type { DatabaseKind } from "./database.js";
import { poolSize, tablesFor, withDatabase } from "./definition.js";

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed: the next statement says it.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function once(url: string, ...statements: readonly string[]): Promise<void> {
  const client = await connect(url);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

export const postgresql: DatabaseKind = {
  provider: "postgresql",
  manifest,
  clientManifest,
  client: (url) => {
    const adapter = new PrismaPg({ connectionString: url, max: poolSize }, { onPoolError: () => undefined });
    return new PrismaClient({ adapter }) as never;
  },
  async create(server = servers.postgresql.url) {
    const name = newName();
    const tables = await tablesFor("postgresql");
    await once(server, `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8'`);
    const url = withDatabase(server, name);
    await once(url, ...tables);
    return { url, drop: () => once(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) };
  },
  async bare(url) {
    const client = await connect(url);
    return {
      provider: "postgresql",
      run: (sql, ...parameters) => client.query(spelled("postgresql", sql), [...parameters]),
      close: () => client.end(),
    };
  },
};
