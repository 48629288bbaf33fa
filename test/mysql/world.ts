import { type DatabaseManifest, Digests, type SettlerOptions } from "@digest-sync/engine";
import * as mariadb from "mariadb";
import { mysqlOptions } from "../databases/connect.js";
import { newName } from "../databases/names.js";
import { urlOf } from "../databases/servers.js";
import { driverDatabase } from "./driver-database.js";

/** An app's database with Digest Sync installed, of any shape. */
export interface World {
  readonly pool: mariadb.Pool;
  readonly digests: Digests;
  /** One more process, with connections of its own. */
  another(beforeCommit?: () => Promise<void>): Digests;
  run(sql: string, ...values: unknown[]): Promise<mariadb.UpsertResult & Record<string, unknown>[]>;
  /** {place: digest in hex} of all that is stored, after settling; the place is `Collection scope key`. */
  stored(): Promise<Record<string, string>>;
  /**
   * Settles, and names the places that changed though the queue did not have them: they were found on the way from others,
   * and a verification of their scope alone would have missed them.
   */
  unqueued(): Promise<string[]>;
  /** What an audit finds wrong, in the same words. */
  wrong(): Promise<string[]>;
  remove(): Promise<void>;
}

/** @param tables the app's own DDL, one statement each */
export async function world(
  manifest: DatabaseManifest,
  tables: readonly string[],
  { install = true, ...options }: SettlerOptions & { install?: boolean } = {},
): Promise<World> {
  const name = newName();
  const { host, port, user, password } = mysqlOptions(urlOf("mysql", ""));
  const server = await mariadb.createConnection({ host: host!, port: port!, user: user!, password: password! });
  await server.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  await server.end();
  const pool = mariadb.createPool({ ...mysqlOptions(urlOf("mysql", name)), connectionLimit: 8, minimumIdle: 1 });
  const run: World["run"] = (sql, ...values) => pool.query(sql, values);
  for (const table of tables) await run(table);
  const settings = { every: 3_600_000, ...options };
  const digests = new Digests(manifest, driverDatabase(pool, manifest), settings);
  const others: mariadb.Pool[] = [];
  if (install) await digests.install();
  const stored = async () => {
    const rows = await run(
      `SELECT CONCAT_WS(' ', s.collection, s.scope, r.key) AS place, LOWER(CONCAT(LPAD(HEX(r.head), 16, '0'), HEX(r.tail))) AS digest
       FROM _digest_row r JOIN _digest_scope s ON s.id = r.scope_id ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ place, digest }) => [String(place), String(digest)]));
  };
  return {
    pool,
    digests,
    another: (beforeCommit) => {
      const other = mariadb.createPool({
        ...mysqlOptions(urlOf("mysql", name)),
        initSql: "SET SESSION innodb_lock_wait_timeout = 20",
      });
      others.push(other);
      return new Digests(manifest, driverDatabase(other, manifest, beforeCommit), settings);
    },
    run,
    stored: async () => {
      await digests.settle();
      return stored();
    },
    unqueued: async () => {
      const before = await stored();
      const rows = await run("SELECT CONCAT_WS(' ', collection, scope, `key`) AS place FROM _digest_pending");
      const queued = new Set(rows.map(({ place }) => String(place)));
      await digests.settle();
      const after = await stored();
      const isQueued = (place: string) => queued.has(place) || queued.has(place.replace(/ .* /, " "));
      return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
        (place) => before[place] !== after[place] && !isQueued(place),
      );
    },
    wrong: async () => {
      const { findings, sums, unencodable } = await digests.audit();
      return [
        ...findings.map(({ kind, collection, scope, key }) => `${kind} ${collection} ${scope} ${key}`),
        ...sums.map(({ collection, scope }) => `sums ${collection} ${scope}`),
        ...unencodable.map(({ collection, key, message }) => `unencodable ${collection} ${key}: ${message}`),
      ];
    },
    remove: async () => {
      await digests.stop();
      for (const other of others) await other.end();
      await pool.query(`DROP DATABASE \`${name}\``);
      await pool.end();
    },
  };
}
