import type { SqliteDriver } from "@digest-sync/client/sqlite";
import type { ExpoDatabase } from "./expo-sqlite.js";

/** The driver of expo-sqlite. The connection is the store's alone: open another one for the app's own tables. */
export function expoDriver(database: ExpoDatabase): SqliteDriver {
  const driver: SqliteDriver = {
    exec: (sql) => database.execAsync(sql),
    query: (sql, params) => database.getAllAsync(sql, [...params]),
    run: (sql, params) => database.runAsync(sql, [...params]),
    async transaction(work) {
      await database.execAsync("BEGIN IMMEDIATE");
      try {
        const value = await work(driver);
        await database.execAsync("COMMIT");
        return value;
      } catch (error) {
        await database.execAsync("ROLLBACK");
        throw error;
      }
    },
  };
  return driver;
}
