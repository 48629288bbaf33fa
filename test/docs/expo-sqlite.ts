import type { SqliteValue } from "@digest-sync/client/sqlite";
import Database from "libsql";

/** What the recipe uses of expo-sqlite's `SQLiteDatabase` (SDK 51 and later). */
export interface ExpoDatabase {
  execAsync(source: string): Promise<void>;
  getAllAsync<Row>(source: string, params: SqliteValue[]): Promise<Row[]>;
  runAsync(source: string, params: SqliteValue[]): Promise<{ changes: number }>;
}

/** expo-sqlite runs on phones alone: here the same calls, over SQLite for Node. */
export function openDatabaseAsync(path: string): ExpoDatabase & { close(): void } {
  const database = new Database(path);
  // Expo's threads wait for a lock by themselves; Node has this one.
  const unlocked = async <Value>(call: () => Value): Promise<Value> => {
    for (;;) {
      try {
        return call();
      } catch (error) {
        if (!/locked|busy/i.test(String(error))) throw error;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  };
  return {
    execAsync: (source) => unlocked(() => void database.exec(source)),
    getAllAsync: (source, params) => unlocked(() => database.prepare(source).all(...params) as never[]),
    runAsync: (source, params) => unlocked(() => ({ changes: database.prepare(source).run(...params).changes })),
    close: () => database.close(),
  };
}
