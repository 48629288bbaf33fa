import pg from "pg";
import { adapterFor } from "./connect.js";
import type { DatabaseKind, SchemaName } from "./database.js";
import { definition } from "./definition.js";
import { isLeftover, namePattern, newName } from "./names.js";
import { servers, urlOf } from "./servers.js";
import { sql } from "./sql.js";

async function withServer<T>(
  work: (client: pg.Client) => Promise<T>,
  url: string = servers.postgresql.url,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database with a schema's tables, to be copied. Made in the process that runs the tests; workers find it by its name. */
async function makeTemplate(schema: SchemaName): Promise<string> {
  const name = newName();
  const tables = await definition("postgresql", schema);
  await withServer((server) => server.query(`CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8'`));
  await withServer((client) => client.query(tables), urlOf("postgresql", name));
  return name;
}

const drop = (name: string) => withServer((server) => server.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));

const variable = (schema: SchemaName) => `DIGEST_SYNC_TEMPLATE_${schema.toUpperCase()}`;

/** Makes the templates of a run. Returns what drops them. */
export async function preparePostgresql(schemas: readonly SchemaName[]): Promise<() => Promise<void>> {
  await withServer(async (server) => {
    const { rows } = await server.query("SELECT datname FROM pg_database WHERE datname LIKE $1", [namePattern]);
    for (const { datname } of rows) if (isLeftover(datname)) await drop(datname);
  });
  const names = await Promise.all(schemas.map(makeTemplate));
  for (const [index, schema] of schemas.entries()) process.env[variable(schema)] = names[index];
  return async () => {
    await Promise.all(names.map(drop));
  };
}

/** Where no run has made a template: one for this process. It is left over, and dropped by a later run. */
const templates = new Map<SchemaName, Promise<string>>();

async function templateOf(schema: SchemaName): Promise<string> {
  const shared = process.env[variable(schema)];
  if (shared !== undefined) return shared;
  const own = templates.get(schema) ?? makeTemplate(schema);
  templates.set(schema, own);
  return own;
}

export const postgresql: DatabaseKind = {
  provider: "postgresql",
  severalConnections: true,
  async open(schema) {
    const template = await templateOf(schema);
    const name = newName();
    await withServer((server) => server.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`));
    const connection = { provider: "postgresql", url: urlOf("postgresql", name) } as const;
    const pool = new pg.Pool({ connectionString: connection.url, max: 1 });
    // A connection that the end of the database cuts off, or a test: the next statement says it.
    pool.on("error", () => undefined);
    return {
      connection,
      adapter: () => adapterFor(connection),
      run: async (text, ...values) => (await pool.query(sql(text), values)).rows,
      async remove() {
        await pool.end();
        await drop(name);
      },
    };
  },
};
