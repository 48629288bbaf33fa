import Database from "libsql";

/**
 * The engine's database port over a bare SQLite driver, without any ORM: for tests that need several processes. Rows come
 * as the driver decodes them, so only collections of text and integers read right.
 *
 * @param {() => void} [beforeStatement] called before every statement of a batch, inside its transaction
 * @returns {import("@digest-sync/engine").Database}
 */
export function libsqlDatabase(path, manifest, beforeStatement = () => undefined) {
  const connection = new Database(path, { timeout: 10_000 });
  const bound = (parameters) => parameters.map((value) => (typeof value === "boolean" ? Number(value) : value));
  // The driver returns an ArrayBuffer, or a Buffer, where the port says Uint8Array.
  const bytes = (value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value);
  const decoded = (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, bytes(value)]));
  const query = async ({ sql, parameters }) =>
    connection
      .prepare(sql)
      .all(...bound(parameters))
      .map(decoded);
  const execute = async ({ sql, parameters }) => connection.prepare(sql).run(...bound(parameters)).changes;
  const read = async (collection, keys) => {
    const { key } = manifest.collections.find(({ name }) => name === collection);
    const table = manifest.tables.find(({ model }) => model === collection);
    const fields = Object.entries(table.columns).map(([field, { name }]) => `"${name}" AS "${field}"`);
    const where = key.map((field) => `"${table.columns[field].name}" = ?`).join(" AND ");
    const statement = connection.prepare(`SELECT ${fields.join(", ")} FROM "${table.name}" WHERE ${where}`);
    return keys.flatMap((values) => statement.all(...values));
  };
  const session = { query, execute, read };
  const within = async (work) => {
    connection.exec("BEGIN IMMEDIATE");
    try {
      const result = await work(session);
      connection.exec("COMMIT");
      return result;
    } catch (error) {
      connection.exec("ROLLBACK");
      throw error;
    }
  };
  return {
    ...session,
    transaction: within,
    batch: (statements) =>
      within(async () => {
        for (const statement of statements) {
          beforeStatement();
          await execute(statement);
        }
      }),
  };
}
