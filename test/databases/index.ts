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

/** An empty database of a schema of prisma/, of the kind this run is on. */
export async function emptyDatabase(schema: SchemaName): Promise<TestDatabase> {
  const open = await kind.open(schema);
  const clients: Disconnectable[] = [];
  return {
    ...open,
    path: open.connection.url.replace("file:", ""),
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
