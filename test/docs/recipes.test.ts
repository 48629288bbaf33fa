import "fake-indexeddb/auto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "@digest-sync/client";
import { sqliteStore } from "@digest-sync/client/sqlite";
import { testLocalStore } from "@digest-sync/client/testing";
import { Dexie, liveQuery } from "dexie";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type Contact, contact, contacts } from "../../packages/client/test/sample.js";
import { newClient, startServer } from "../../packages/client/test/setup.js";
import { mirrorToDexie } from "./dexie-mirror.js";
import { expoDriver } from "./expo-driver.js";
import { openDatabaseAsync } from "./expo-sqlite.js";

// The recipes of docs/recipes.md.

describe("Dexie", () => {
  async function setUp(name: string) {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    server.set.put("Member", { team: "a/b", user: 7, since: null });
    const sync = newClient(server, { store: memoryStore() });
    const db = new Dexie(name);
    db.version(1).stores({ Contact: ", name", Member: "" });
    return { server, sync, db };
  }
  const names = ["Contact", "Member"];

  it("tables follow the copy, and liveQuery the tables", async () => {
    const { server, sync, db } = await setUp("follow");
    await sync.sync();
    const end = await mirrorToDexie(sync, db, names);
    expect(await db.table("Contact").toArray()).toEqual(contacts(3));
    expect(await db.table("Member").get("a~1b/7")).toEqual({ team: "a/b", user: 7, since: null });

    const found: string[][] = [];
    const query = () => db.table<Contact>("Contact").where("name").startsWith("name of").primaryKeys();
    const watching = liveQuery(query).subscribe((keys) => found.push(keys as string[]));
    server.set.put("Contact", contact("c000000", "renamed"), contact("new"));
    server.set.remove("Contact", "c000001");
    await sync.sync({ changesLikely: true });
    await vi.waitFor(() => expect(found.at(-1)).toEqual(["c000002", "new"]), { timeout: 20_000 });
    watching.unsubscribe();
    end();
    db.close();
  });

  it("what the tables missed, or somebody changed in them, is mended by the next start", async () => {
    const { sync, db } = await setUp("missed");
    await sync.sync();
    await db.table("Contact").bulkPut([contact("stray"), contact("c000000", "edited")], ["stray", "c000000"]);
    const end = await mirrorToDexie(sync, db, names);
    expect(await db.table("Contact").toArray()).toEqual(contacts(3));
    end();
    db.close();
  });
});

describe("Expo SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
  const opened: { close(): void }[] = [];
  afterAll(() => {
    for (const database of opened) database.close();
    rmSync(folder, { recursive: true });
  });
  const open = (name: string) => {
    const database = openDatabaseAsync(join(folder, `${name}.db`));
    opened.push(database);
    return sqliteStore(expoDriver(database));
  };
  for (const { name, run } of testLocalStore({ open, rows: 2_000 })) it(name, run);
});
