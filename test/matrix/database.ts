import type { Provider } from "@digest-sync/engine";
import type { PGlite } from "@electric-sql/pglite";
import Libsql from "libsql";
import * as mariadb from "mariadb";
import pg from "pg";
import { PrismaClient } from "../../prisma/generated/matrix/prisma/client.js";
import { type DatabaseName, databaseName, emptyDatabase, provider, type TestDatabase } from "../databases/index.js";
import type { Client } from "./operation.js";
import { type Shell, shellOf } from "./shells.js";

/** The bare driver's connection: what a service without Prisma would use. */
export interface Connection {
  /** One call of the driver; the string may hold several statements. */
  execute(sql: string): Promise<unknown>;
  /** Ends it as a crash does: an open transaction is not committed. */
  end(): Promise<void>;
}

/** An empty database of the matrix's schema, and the ways into it. */
export interface MatrixDatabase {
  readonly provider: Provider;
  client(): Client;
  connect(): Promise<Connection>;
  /** Undefined where the command line is not on this machine, or there is none. */
  readonly shell: Shell | undefined;
  remove(): Promise<void>;
}

type Connect = (database: TestDatabase) => Promise<Connection>;

const connecting: Record<DatabaseName, Connect> = {
  sqlite: async ({ connection: { url } }) => {
    const connection = new Libsql(url.replace("file:", ""), { timeout: 5000 });
    connection.exec("PRAGMA foreign_keys = ON");
    return {
      execute: async (sql) => connection.exec(sql),
      end: async () => {
        connection.close();
      },
    };
  },
  // One connection is all there is, so ending it is rolling back.
  pglite: async (database) => {
    // The instance beneath the adapter, whose own `executeScript` neither waits nor says what failed.
    const { client } = (await database.adapter().connect()) as unknown as { client: PGlite };
    const execute = (sql: string) => client.exec(sql);
    const end = async () => {
      await execute("ROLLBACK");
    };
    return { execute, end };
  },
  postgresql: async ({ connection: { url } }) => {
    const connection = new pg.Client({ connectionString: url });
    await connection.connect();
    return { execute: (sql) => connection.query(sql), end: () => connection.end() };
  },
  mysql: async ({ connection: { url } }) => {
    const { hostname: host, port, username: user, pathname } = new URL(url);
    const options = { host, port: Number(port || 3306), user, database: pathname.slice(1), multipleStatements: true };
    const connection = await mariadb.createConnection(options);
    return { execute: (sql) => connection.query(sql), end: async () => connection.destroy() };
  },
};

export async function matrixDatabase(): Promise<MatrixDatabase> {
  const database = await emptyDatabase("matrix");
  return {
    provider,
    client: () => database.closing(new PrismaClient({ adapter: database.adapter() })) as Client,
    connect: () => connecting[databaseName](database),
    shell: shellOf(databaseName, database),
    remove: () => database.remove(),
  };
}
