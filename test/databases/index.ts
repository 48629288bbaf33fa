import type { Provider } from "@digest-sync/engine";
import type { DatabaseKind, DatabaseName, Disconnectable, SchemaName, TestDatabase } from "./database.js";

export type { Connection, DatabaseName, TestDatabase } from "./database.js";
export { sql } from "./sql.js";

const kinds: Record<DatabaseName, () => Promise<DatabaseKind>> = {
  sqlite: async () => (await import("./sqlite.js")).sqlite,
  pglite: async () => (await import("./pglite.js")).pglite,
  postgresql: async () => (await import("./postgresql.js")).postgresql,
  mysql: async () => (await import("./mysql.js")).mysql,
};

function chosen(): DatabaseName {
  const name = process.env.TEST_DATABASE ?? "sqlite";
  if (name in kinds) return name as DatabaseName;
  throw new Error(`TEST_DATABASE is "${name}": it must be one of ${Object.keys(kinds).join(", ")}.`);
}

/** The database that this run is on. Set by the project of vitest.config.ts that the test belongs to. */
export const databaseName: DatabaseName = chosen();
const kind = await kinds[databaseName]();

export const provider: Provider = kind.provider;

/** What the database can do. Tests that need it: `test.runIf(can.severalConnections)(...)`. */
export const can = { severalConnections: kind.severalConnections };

/** What a random test costs on each database, in SQLite's time. */
const costs: Record<DatabaseName, number> = { sqlite: 1, pglite: 4, postgresql: 4, mysql: 5 };

/** How often a random test runs here: SQLite runs it `onSqlite` times, the others what takes about as long. RUNS says it. */
export const randomRuns = (onSqlite: number): number =>
  Number(process.env.RUNS ?? Math.ceil(onSqlite / costs[databaseName]));

/** An empty database of a schema of prisma/, of the kind this run is on. */
export async function emptyDatabase(schema: SchemaName): Promise<TestDatabase> {
  const open = await kind.open(schema);
  const clients: Disconnectable[] = [];
  return {
    ...open,
    path: provider === "sqlite" ? open.connection.url.replace("file:", "") : "",
    closing: (client) => {
      clients.push(client);
      return client;
    },
    remove: async () => {
      await Promise.all(clients.map((client) => client.$disconnect()));
      await open.remove();
    },
  };
}
