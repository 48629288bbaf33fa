import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import * as mariadb from "mariadb";
import { manifest as clientManifest } from "../../../prisma/generated/mysql/campaigns/digest-sync/client.js";
import { manifest } from "../../../prisma/generated/mysql/campaigns/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/mysql/campaigns/prisma/client.js";
import { newName } from "../../../test/databases/names.js";
import { servers } from "../../../test/databases/servers.js";
import { spelled } from "../operations/writer.js";
import type { DatabaseKind } from "./database.js";
import { poolSize, tablesFor, withDatabase } from "./definition.js";

/** Milliseconds. */
const patience = 20_000;
const poolOptions = { connectionLimit: poolSize, minimumIdle: 1, acquireTimeout: patience };

function optionsOf(address: string): mariadb.ConnectionConfig {
  const { hostname, port, username, password, pathname } = new URL(address);
  return {
    host: hostname,
    port: Number(port || servers.mysql.port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    // The driver's default, one second, is short for a machine on which everything runs at once.
    connectTimeout: patience,
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

export const mysql: DatabaseKind = {
  provider: "mysql",
  manifest,
  clientManifest,
  client: (url) => {
    const adapter = new PrismaMariaDb({ ...optionsOf(url), ...poolOptions });
    return new PrismaClient({ adapter }) as never;
  },
  async create(server = servers.mysql.url) {
    const name = newName();
    const tables = await tablesFor("mysql");
    await once(server, `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    const url = withDatabase(server, name);
    await once(url, ...tables);
    return { url, drop: () => once(server, `DROP DATABASE IF EXISTS \`${name}\``) };
  },
  async bare(url) {
    const connection = await mariadb.createConnection(optionsOf(url));
    connection.on("error", () => undefined);
    return {
      provider: "mysql",
      run: (sql, ...parameters) => connection.query(spelled("mysql", sql), [...parameters]),
      close: () => connection.end(),
    };
  },
};
