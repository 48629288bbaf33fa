import * as mariadb from "mariadb";
import { adapterFor, mysqlOptions } from "./connect.js";
import type { DatabaseKind, SchemaName } from "./database.js";
import { definition, statementsOf } from "./definition.js";
import { isLeftover, namePattern, newName } from "./names.js";
import { servers, urlOf } from "./servers.js";
import { sql } from "./sql.js";

async function withServer<T>(work: (connection: mariadb.Connection) => Promise<T>): Promise<T> {
  const { host, port, user, password } = mysqlOptions(servers.mysql.url);
  const connection = await mariadb.createConnection({ host: host!, port: port!, user: user!, password: password! });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** Drops what earlier runs left behind. */
export async function prepareMysql(): Promise<void> {
  await withServer(async (server) => {
    const rows = await server.query(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE ?",
      [namePattern],
    );
    for (const { name } of rows) if (isLeftover(name)) await server.query(`DROP DATABASE IF EXISTS \`${name}\``);
  });
}

const definitions = new Map<SchemaName, Promise<string>>();

/** MySQL cannot copy a database: the tables are made anew. */
export const mysql: DatabaseKind = {
  provider: "mysql",
  severalConnections: true,
  async open(schema) {
    const tables = definitions.get(schema) ?? definition("mysql", schema);
    definitions.set(schema, tables);
    const name = newName();
    const statements = statementsOf(await tables);
    await withServer(async (server) => {
      await server.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
      await server.query(`USE \`${name}\``);
      for (const statement of statements) await server.query(statement);
    });
    const connection = { provider: "mysql", url: urlOf("mysql", name) } as const;
    let pool: mariadb.Pool | undefined;
    return {
      connection,
      adapter: () => adapterFor(connection),
      async run(text, ...values) {
        pool ??= mariadb.createPool({ ...mysqlOptions(connection.url), connectionLimit: 1 });
        const result = await pool.query(sql(text), values);
        return Array.isArray(result) ? [...result] : [];
      },
      async remove() {
        await pool?.end();
        await withServer((server) => server.query(`DROP DATABASE IF EXISTS \`${name}\``));
      },
    };
  },
};
