import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { manifest } from "../../../prisma/generated/postgresql/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/postgresql/prisma/client.js";
import type { PrismaClient as AnyClient } from "../../../prisma/generated/prisma/client.js";
import { newName } from "../../../test/databases/names.js";
import { isReachable, servers, urlOf } from "../../../test/databases/servers.js";
import { poolSize, tablesFor } from "./definition.js";
import type { Database, Databases, Kind } from "./kind.js";

export const postgresql: Kind = {
  title: "PostgreSQL",
  prefix: "postgresql.",
  manifest,
  isThere: () => isReachable("postgresql"),
  open: () => new PostgresqlDatabases(),
};

async function once(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Copies of templates on the server. */
class PostgresqlDatabases implements Databases {
  private readonly server = servers.postgresql.url;
  private readonly templates = new Map<string, Promise<string>>();
  private readonly names = new Set<string>();

  async empty(): Promise<Database> {
    return this.open(await this.template("", async () => {}));
  }

  async filled(name: string, fill: (plain: AnyClient) => Promise<void>): Promise<Database> {
    return this.open(await this.template(name, fill));
  }

  async remove(): Promise<void> {
    for (const name of this.names) await this.drop(name);
  }

  private template(name: string, fill: (plain: AnyClient) => Promise<void>): Promise<string> {
    const template = this.templates.get(name) ?? this.make(fill);
    this.templates.set(name, template);
    return template;
  }

  private async make(fill: (plain: AnyClient) => Promise<void>): Promise<string> {
    const name = await this.create(`TEMPLATE template0 ENCODING 'UTF8'`);
    const url = urlOf("postgresql", name);
    await once(url, ...(await tablesFor("postgresql")));
    const plain = clientOf(url);
    await fill(plain);
    await plain.$disconnect();
    await once(url, "VACUUM ANALYZE");
    return name;
  }

  private async open(template: string): Promise<Database> {
    const name = await this.create(`TEMPLATE "${template}"`);
    const plain = clientOf(urlOf("postgresql", name));
    return {
      plain,
      close: async () => {
        await plain.$disconnect();
        await this.drop(name);
      },
    };
  }

  private async create(how: string): Promise<string> {
    const name = newName();
    await once(this.server, `CREATE DATABASE "${name}" ${how}`);
    this.names.add(name);
    return name;
  }

  private async drop(name: string): Promise<void> {
    await once(this.server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    this.names.delete(name);
  }
}

/** The clients of all providers are one as far as the benches go. */
function clientOf(url: string): AnyClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: poolSize }) }) as never;
}
