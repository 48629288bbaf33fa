import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, describe, expect, it } from "vitest";
import { type SqliteDriver, sqliteStore, synchronousDriver } from "../src/sqlite.js";
import { testLocalStore } from "../src/testing/index.js";
import { contacts } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";

const directory = mkdtempSync(join(tmpdir(), "sqlite-store-"));
const opened: Database.Database[] = [];
afterAll(() => {
  for (const database of opened) database.close();
  rmSync(directory, { recursive: true });
});

function database(name: string) {
  const one = new Database(join(directory, `${name}.db`));
  one.exec("PRAGMA journal_mode = WAL");
  opened.push(one);
  return one;
}
const full = new Set<string>();
/** Fails at every second INSERT while the disk is full: the first one of a change gets through. */
function filling(name: string, driver: SqliteDriver): SqliteDriver {
  let inserts = 0;
  return {
    ...driver,
    run(sql, params) {
      if (full.has(name) && sql.startsWith("INSERT") && ++inserts % 2 === 0) {
        throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      }
      return driver.run(sql, params);
    },
    transaction: (work) => driver.transaction((tx) => work(filling(name, tx))),
  };
}
const open = (name: string) => sqliteStore(filling(name, synchronousDriver(database(name))));

describe("sqliteStore", () => {
  const cases = testLocalStore({
    open,
    fill(name) {
      full.add(name);
      return () => full.delete(name);
    },
    clear: (name) => database(name).exec("DROP TABLE digest_rows; DROP TABLE digest_state"),
    damage: (name, { key }) =>
      database(name).exec(`UPDATE digest_rows SET encoding = 'edited' WHERE key = CAST('${key}' AS BLOB)`),
  });
  for (const { name, run } of cases) it(name, run);

  it("serves a client, and heals whatever became of a row", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(1_200));
    const store = open("app");
    const sync = newClient(server, { store });
    await sync.sync();
    const db = database("app");
    db.exec("UPDATE digest_rows SET digest = 'short' WHERE key = CAST('c000001' AS BLOB)");
    db.exec("UPDATE digest_rows SET encoding = 7 WHERE key = CAST('c000002' AS BLOB)");
    db.exec("DELETE FROM digest_rows WHERE key = CAST('c000003' AS BLOB)");
    expect(await sync.audit()).toMatchObject({ rows: 1_199, corrupted: { length: 2 }, sumsRepaired: true });
    expect(await sync.sync()).toMatchObject({ inSync: true, upserted: 3 });
    expect(await contentsOf(store)).toEqual(server.set.contents());
  });

  it("says that the disk is full", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(1_000));
    full.add("disk");
    const sync = newClient(server, { store: open("disk") });
    await failure(sync.sync(), "store-full");
    full.delete("disk");
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 1_000 });
  });

  it("takes a prefix, so that one database holds several copies", async () => {
    const driver = synchronousDriver(database("two"));
    const [one, two] = [sqliteStore(driver, { prefix: "one_" }), sqliteStore(driver, { prefix: "two_" })];
    await one.apply({ deletes: [], upserts: [], revision: 1, state: Uint8Array.of(1) });
    expect(await two.load()).toBeNull();
  });

  it("makes its index when rows are first looked for by digest, not while they come in", async () => {
    const db = database("index");
    const store = sqliteStore(synchronousDriver(db));
    const indexes = () => db.prepare("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE INDEX%'").all();
    const digest = new Uint8Array(32).fill(7);
    const row = { collection: "Contact", key: "c1", digest, encoding: Uint8Array.of(0xa0) };
    await store.apply({ deletes: [], upserts: [row], revision: 1, state: new Uint8Array(0) });
    expect(indexes()).toEqual([]);
    for (const _ of [1, 2]) expect(await store.find(digest.subarray(0, 8))).toMatchObject([{ key: "c1" }]);
    expect(indexes()).toHaveLength(1);
  });
});
