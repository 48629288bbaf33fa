import type { Database, DatabaseManifest, KeyValues, Row, Session, Statement } from "@digest-sync/engine";
import type { Connection, Pool } from "mariadb";

type Runner = Pick<Pool | Connection, "execute">;

const identifier = (name: string) => `\`${name.replaceAll("`", "``")}\``;

/** A list's and a path's values are looked up one after the other: this port also tells whether the engine's SQL is right. */
async function read(
  runner: Runner,
  manifest: DatabaseManifest,
  name: string,
  keys: readonly KeyValues[],
): Promise<Row[]> {
  const collection = manifest.collections.find((one) => one.name === name)!;
  const table = manifest.tables.find(({ model }) => model === name)!;
  const columns = Object.entries(table.columns)
    .map(([field, column]) => `${identifier(column.name)} AS ${identifier(field)}`)
    .join(", ");
  const one = async (sql: string, values: readonly unknown[]) =>
    (await runner.execute(sql, [...values])) as Record<string, unknown>[];
  const rows: Row[] = [];
  for (const key of keys) {
    const where = collection.key.map((field) => `${identifier(table.columns[field]!.name)} = ?`).join(" AND ");
    for (const found of await one(`SELECT ${columns} FROM ${identifier(table.name)} WHERE ${where}`, key)) {
      const row: Record<string, unknown> = { ...found };
      for (const [path, { hops, column }] of Object.entries(table.paths ?? {})) {
        let at: Record<string, unknown> | undefined = Object.fromEntries(
          Object.entries(table.columns).map(([field, { name: stored }]) => [stored, found[field]]),
        );
        for (const { columns: from, table: to, references } of hops) {
          const where = references.map((reference) => `${identifier(reference)} = ?`).join(" AND ");
          [at] = at
            ? await one(
                `SELECT * FROM ${identifier(to.name)} WHERE ${where}`,
                from.map((part) => at![part]),
              )
            : [];
        }
        row[path] = at?.[column.name] ?? null;
      }
      for (const [field, list] of Object.entries(table.lists ?? {})) {
        const sql = `SELECT ${identifier(list.other)} AS id FROM ${identifier(list.join.name)} WHERE ${identifier(list.own)} = ?`;
        const ids = (await one(sql, key)).map(({ id }) => id as string);
        row[field] = ids.sort((a, b) => (a < b ? -1 : 1));
      }
      rows.push(row);
    }
  }
  return rows;
}

function session(runner: Runner, manifest: DatabaseManifest): Session {
  const run = ({ sql, parameters }: Statement) =>
    runner.execute(
      sql,
      parameters.map((one) => (one instanceof Uint8Array ? Buffer.from(one) : one)),
    );
  return {
    query: async <R>(statement: Statement) => (await run(statement)) as R[],
    execute: async (statement) => (await run(statement)).affectedRows as number,
    read: (collection, keys) => read(runner, manifest, collection, keys),
  };
}

/** The engine's database over the bare driver: manifests of any shape, without a Prisma client generated for each. */
export function driverDatabase(
  pool: Pool,
  manifest: DatabaseManifest,
  beforeCommit: () => Promise<void> = async () => {},
): Database {
  const transaction = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const connection = await pool.getConnection();
    try {
      await connection.query("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      await connection.beginTransaction();
      const result = await work(session(connection, manifest));
      await beforeCommit();
      await connection.commit();
      return result;
    } catch (error) {
      await connection.rollback();
      throw error;
    } finally {
      await connection.release();
    }
  };
  return {
    ...session(pool, manifest),
    transaction,
    batch: (statements) =>
      transaction(async (inside) => {
        for (const statement of statements) await inside.execute(statement);
      }),
  };
}
