import type { HeldDigest, LocalStore, SavedState, StoredRow } from "./store.js";
import { storedBytes, storedDigest } from "./stored-bytes.js";

export type SqliteValue = string | number | Uint8Array | null;
export type SqliteRow = Readonly<Record<string, unknown>>;

/**
 * Any SQLite: four methods, synchronous or not. The store calls one at a time and none beside a transaction of its own.
 * `docs/stores.md` has drivers for expo-sqlite and wa-sqlite.
 */
export interface SqliteDriver {
  /** Runs one statement without parameters. */
  exec(sql: string): unknown;
  /** The rows of a query, as objects by column name. */
  query(sql: string, params: readonly SqliteValue[]): readonly SqliteRow[] | Promise<readonly SqliteRow[]>;
  /** Runs one statement. */
  run(sql: string, params: readonly SqliteValue[]): unknown;
  /** Runs `work` between BEGIN IMMEDIATE and COMMIT, or ROLLBACK when it throws. */
  transaction<Value>(work: (driver: SqliteDriver) => Promise<Value>): Promise<Value>;
}

/** What better-sqlite3, libsql and node:sqlite have in common. */
export interface SynchronousDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): { all(...params: never[]): unknown[]; run(...params: never[]): unknown };
}

/**
 * The driver of a synchronous SQLite: better-sqlite3, libsql, node:sqlite.
 *
 * @example
 * const database = new DatabaseSync("copy.db"); // of node:sqlite
 * database.exec("PRAGMA journal_mode = WAL");
 * const store = sqliteStore(synchronousDriver(database));
 */
export function synchronousDriver(database: SynchronousDatabase): SqliteDriver {
  const driver: SqliteDriver = {
    exec: (sql) => database.exec(sql),
    query: (sql, params) => database.prepare(sql).all(...(params as never[])) as SqliteRow[],
    run: (sql, params) => database.prepare(sql).run(...(params as never[])),
    async transaction(work) {
      await begin(database);
      try {
        const value = await work(driver);
        database.exec("COMMIT");
        return value;
      } catch (error) {
        try {
          database.exec("ROLLBACK");
        } catch {
          // SQLite rolls back by itself when the disk is full.
        }
        throw error;
      }
    },
  };
  return driver;
}

/** Longer than any change takes; then the other connection is stuck. */
const PATIENCE_MS = 10_000;

/** SQLite's own waiting would block the thread, and with it another connection of this process that is about to end. */
async function begin(database: SynchronousDatabase): Promise<void> {
  for (let waited = 0; ; waited += 10) {
    try {
      database.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (waited >= PATIENCE_MS || !/locked|busy/i.test(String(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export interface SqliteStoreOptions {
  /** The store's two tables begin with it. Default: `digest_`. */
  readonly prefix?: string;
}

/** Rows of one INSERT: four parameters each, and old SQLites take 999. */
const INSERTED = 200;
/** Values of one IN list. */
const LISTED = 500;

/**
 * A store in an SQLite database, in two tables of its own.
 *
 * @example
 * const store = sqliteStore(synchronousDriver(new Database("copy.db"))); // of better-sqlite3 or libsql
 * const sync = new DigestSyncClient({ url: "https://example.com/sync", manifest, store });
 */
export function sqliteStore(driver: SqliteDriver, { prefix = "digest_" }: SqliteStoreOptions = {}): LocalStore {
  const rows = `"${prefix}rows"`;
  const state = `"${prefix}state"`;
  const exclusive = queue();

  /** Also when the app is under way: tables may be dropped, or the file replaced. */
  async function createTables(): Promise<void> {
    await driver.exec(
      `CREATE TABLE IF NOT EXISTS ${rows} (collection TEXT NOT NULL, key BLOB NOT NULL, digest BLOB NOT NULL,
       encoding BLOB NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID`,
    );
    await driver.exec(
      `CREATE TABLE IF NOT EXISTS ${state} (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, state BLOB NOT NULL)`,
    );
  }
  let created: Promise<void> | undefined;
  const ready = () => {
    created ??= createTables().catch((error: unknown) => {
      created = undefined;
      throw error;
    });
    return created;
  };

  /** Made when it is first asked for: a first sync, which finds nothing by its digest, would pay several times as much. */
  async function createIndex(): Promise<void> {
    const name = `${prefix}rows_element`;
    const missing = async (from: SqliteDriver) =>
      (await from.query("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", [name])).length === 0;
    if (!(await missing(driver))) return;
    await driver.transaction(async (tx) => {
      // Waiting for the transaction, another client of the store may have made it.
      if (await missing(tx)) await tx.exec(`CREATE INDEX "${name}" ON ${rows} (substr(digest, 1, 8))`);
    });
  }

  async function savedState(from: SqliteDriver): Promise<SavedState | null> {
    const [saved] = await from.query(`SELECT revision, state FROM ${state} WHERE id = 0`, []);
    return saved === undefined ? null : { revision: Number(saved.revision), state: storedBytes(saved.state) };
  }

  function page<Row>(columns: string, toRow: (row: SqliteRow) => Row) {
    const ordered = "ORDER BY key LIMIT ?";
    return (collection: string, after: string | null, limit: number): Promise<Row[]> =>
      exclusive(async () => {
        await ready();
        const found = await (after === null
          ? driver.query(`SELECT ${columns} FROM ${rows} WHERE collection = ? ${ordered}`, [collection, limit])
          : driver.query(`SELECT ${columns} FROM ${rows} WHERE collection = ? AND key > ? ${ordered}`, [
              ...[collection, utf8(after), limit],
            ]));
        return found.map(toRow);
      });
  }

  return {
    load: () =>
      exclusive(async () => {
        created = undefined;
        await ready();
        return savedState(driver);
      }),

    apply: ({ deletes, upserts, revision, state: text }) =>
      exclusive(async () => {
        await ready();
        return driver.transaction(async (tx) => {
          // A write comes first: a transaction that begins with reading may find itself outdated when it comes to write.
          await tx.run(`UPDATE ${state} SET revision = revision WHERE id = 0`, []);
          if (revision !== ((await savedState(tx))?.revision ?? 0) + 1) return false;
          for (const { collection, key } of deletes) {
            await tx.run(`DELETE FROM ${rows} WHERE collection = ? AND key = ?`, [collection, utf8(key)]);
          }
          for (let at = 0; at < upserts.length; at += INSERTED) {
            const some = upserts.slice(at, at + INSERTED);
            await tx.run(
              `INSERT OR REPLACE INTO ${rows} (collection, key, digest, encoding) VALUES ${list(some, "(?, ?, ?, ?)")}`,
              some.flatMap(({ collection, key, digest, encoding }) => [collection, utf8(key), digest, encoding]),
            );
          }
          await tx.run(`INSERT OR REPLACE INTO ${state} (id, revision, state) VALUES (0, ?, ?)`, [revision, text]);
          return true;
        });
      }),

    get: (collection, keys) =>
      exclusive(async () => {
        await ready();
        const found: StoredRow[] = [];
        for (let at = 0; at < keys.length; at += LISTED) {
          const some = keys.slice(at, at + LISTED);
          const sql = `SELECT * FROM ${rows} WHERE collection = ? AND key IN (${list(some, "?")})`;
          for (const row of await driver.query(sql, [collection, ...some.map(utf8)])) found.push(storedRow(row));
        }
        return found;
      }),

    find: (elements) =>
      exclusive(async () => {
        await ready();
        await createIndex();
        const found: StoredRow[] = [];
        for (let at = 0; at < elements.length; at += 8 * LISTED) {
          const some: Uint8Array[] = [];
          for (let i = at; i < Math.min(at + 8 * LISTED, elements.length); i += 8) some.push(elements.slice(i, i + 8));
          // The limit is there because libsql takes a single parameter that is an object for named parameters.
          const sql = `SELECT * FROM ${rows} WHERE substr(digest, 1, 8) IN (${list(some, "?")}) LIMIT ?`;
          for (const row of await driver.query(sql, [...some, -1])) found.push(storedRow(row));
        }
        return found;
      }),

    scan: page("*", storedRow),
    digests: page("collection, key, digest", heldDigest),
  };
}

function heldDigest({ collection, key, digest }: SqliteRow): HeldDigest {
  return { collection: String(collection), key: text(storedBytes(key)), digest: storedDigest(digest) };
}

function storedRow(row: SqliteRow): StoredRow {
  return { ...heldDigest(row), encoding: storedBytes(row.encoding) };
}

function list(items: readonly unknown[], one: string): string {
  return new Array(items.length).fill(one).join(", ");
}

/** One after the other: on one connection, a read beside a transaction would see the half of it. */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return <Value>(run: () => Promise<Value>): Promise<Value> => {
    const result = last.then(run);
    last = result.catch(() => {});
    return result;
  };
}

const encoder = new TextEncoder();
// ignoreBOM: a key may begin with U+FEFF.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Keys are kept as bytes: their order is then that of UTF-8, and drivers that end text at a NUL do not see any. */
function utf8(key: string): Uint8Array {
  return encoder.encode(key);
}
function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
