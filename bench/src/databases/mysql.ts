import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import * as mariadb from "mariadb";
import { manifest } from "../../../prisma/generated/mysql/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/mysql/prisma/client.js";
import type { PrismaClient as AnyClient } from "../../../prisma/generated/prisma/client.js";
import { newName } from "../../../test/databases/names.js";
import { isReachable, servers, urlOf } from "../../../test/databases/servers.js";
import { poolSize, tablesFor } from "./definition.js";
import type { Database, Databases, Kind } from "./kind.js";

export const mysql: Kind = {
  title: "MariaDB",
  prefix: "mysql.",
  manifest,
  isThere: () => isReachable("mysql"),
  open: () => new MysqlDatabases(),
};

function optionsOf(address: string): mariadb.ConnectionConfig {
  const { hostname, port, username, password, pathname } = new URL(address);
  return {
    host: hostname,
    port: Number(port || servers.mysql.port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...(pathname.length > 1 ? { database: pathname.slice(1) } : {}),
  };
}

async function once(url: string, ...statements: readonly string[]): Promise<void> {
  const connection = await mariadb.createConnection(optionsOf(url));
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/** MySQL cannot copy a database: every one is made and filled anew. */
class MysqlDatabases implements Databases {
  private readonly server = servers.mysql.url;
  private readonly names = new Set<string>();

  empty(): Promise<Database> {
    return this.filled("", async () => {});
  }

  async filled(_name: string, fill: (plain: AnyClient) => Promise<void>): Promise<Database> {
    const name = newName();
    await once(this.server, `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    this.names.add(name);
    const url = urlOf("mysql", name);
    await once(url, ...(await tablesFor("mysql")));
    const adapter = new PrismaMariaDb({ ...optionsOf(url), connectionLimit: poolSize });
    const plain = new PrismaClient({ adapter }) as unknown as AnyClient;
    await fill(plain);
    return {
      plain,
      close: async () => {
        await plain.$disconnect();
        await this.drop(name);
      },
    };
  }

  async remove(): Promise<void> {
    for (const name of this.names) await this.drop(name);
  }

  private async drop(name: string): Promise<void> {
    await once(this.server, `DROP DATABASE IF EXISTS \`${name}\``);
    this.names.delete(name);
  }
}
