import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DigestSyncClient } from "@digest-sync/client";
import { sqliteStore, synchronousDriver } from "@digest-sync/client/sqlite";
import Database from "libsql";
import { type City, manifest } from "../../../prisma/generated/digest-sync/client.js";
import { authorization } from "../app.js";
import { type Timing, timed } from "../harness.js";

/** Rows stored in one transaction by either side: the client stores a page in one. */
const transactionRows = 1_000;

/** Runs in an empty SQLite database, a file in the mode that apps use, and takes it away. */
async function inDatabase<Result>(work: (database: Database.Database) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-first-"));
  const database = new Database(join(folder, "copy.db"));
  try {
    database.exec("PRAGMA journal_mode = WAL");
    return await work(database);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Our first sync into an empty SQLite store. */
export function syncIntoSqlite(url: string, rows: number, send: typeof fetch = fetch): Promise<Timing> {
  return inDatabase(async (database) => {
    const store = sqliteStore(synchronousDriver(database));
    const client = new DigestSyncClient({ url: `${url}/sync`, manifest, store, headers: authorization, fetch: send });
    const timing = await timed(async () => {
      const { inSync, count } = await client.sync();
      if (!inSync || count !== rows) throw new Error(`The client holds ${count} of ${rows} rows.`);
    });
    return timing;
  });
}

/** The plain way: one answer of JSON, parsed, and inserted row by row with one prepared statement. */
export function downloadIntoSqlite(url: string, rows: number, send: typeof fetch = fetch): Promise<Timing> {
  return inDatabase(async (database) =>
    timed(async () => {
      const response = await send(`${url}/cities`, { headers: authorization });
      const cities = (await response.json()) as City[];
      database.exec(
        `CREATE TABLE city (cityId INTEGER PRIMARY KEY, name TEXT, altName TEXT, country TEXT, featureCode TEXT,
         adminCode TEXT, population INTEGER, lat REAL, lon REAL)`,
      );
      const insert = database.prepare("INSERT OR REPLACE INTO city VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
      for (let at = 0; at < cities.length; at += transactionRows) {
        database.exec("BEGIN IMMEDIATE");
        for (const city of cities.slice(at, at + transactionRows)) {
          const { cityId, name, altName, country, featureCode, adminCode, population, lat, lon } = city;
          insert.run(cityId, name, altName, country, featureCode, adminCode, population, lat, lon);
        }
        database.exec("COMMIT");
      }
      if (cities.length !== rows) throw new Error(`The answer has ${cities.length} of ${rows} rows.`);
    }),
  );
}
