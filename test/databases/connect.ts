import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import type { SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { PoolConfig } from "mariadb";
import type { Connection } from "./database.js";

/** Connections of one client: the tests' own writers and settlers are few. */
const poolSize = 5;

/** A driver adapter for a database that exists: here, and in a child process that was told where it is. */
export function adapterFor({ provider, url }: Connection): SqlDriverAdapterFactory {
  switch (provider) {
    case "sqlite":
      return new PrismaLibSql({ url, timeout: 5000, intMode: "bigint" });
    case "postgresql":
      // An idle connection that a test cuts off is no error of the test.
      return new PrismaPg({ connectionString: url, max: poolSize }, { onPoolError: () => undefined });
    case "mysql":
      return new PrismaMariaDb(mysqlOptions(url), { database: new URL(url).pathname.slice(1) });
  }
}

export function mysqlOptions(address: string): PoolConfig {
  const { hostname, port, username, password, pathname } = new URL(address);
  return {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    connectionLimit: poolSize,
    minimumIdle: 1,
  };
}
