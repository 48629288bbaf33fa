import "fake-indexeddb/auto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "@digest-sync/client";
import { testLocalStore } from "@digest-sync/client/testing";
import { DigestSyncError } from "@digest-sync/core";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { afterAll, describe, expect, it } from "vitest";
import { contacts } from "../../packages/client/test/sample.js";
import { newClient, startServer } from "../../packages/client/test/setup.js";
import { createDatabase } from "../../prisma/create-database.js";
import { PrismaClient } from "../../prisma/generated/replica/prisma/client.js";
import { folded, read, snippets } from "./snippets.js";
import { firstSync, inTheBrowser, onNode, replica, syncAndSay } from "./stores.js";

const folder = mkdtempSync(join(tmpdir(), "docs-stores-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function server() {
  const started = await startServer();
  started.bounds = { answerRows: 2, pageRows: 2, bulkShare: 0.5 };
  started.set.put("Contact", ...contacts(5));
  return started;
}

describe("docs/stores.md", () => {
  it("shows code that is in its sources, and the models as they are", () => {
    const blocks = snippets("docs/stores.md");
    for (const { code, source } of blocks) {
      if (source) expect(folded(read(source)), code).toContain(folded(code));
    }
    expect(blocks.filter(({ source }) => source).length).toBeGreaterThan(4);
    const prisma = blocks.find(({ language }) => language === "prisma")!;
    const schema = readFileSync(new URL("../../prisma/replica.prisma", import.meta.url), "utf8");
    for (const model of prisma.code.split("\n\n")) expect(folded(schema)).toContain(folded(model));
  });

  it("IndexedDB, SQLite and Prisma hold what the server has", async () => {
    const { url } = await server();
    const shares: number[] = [];
    const browser = inTheBrowser(url, "u1");
    await firstSync(browser, (share) => shares.push(share));
    expect(await browser.collection("Contact").all()).toEqual(contacts(5));
    expect(shares.at(-1)).toBe(1);

    const { sync, database } = onNode(url, join(folder, "copy.db"));
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 5 });
    database.close();

    const file = `file:${join(folder, "replica.db")}`;
    await createDatabase(new URL("../../prisma/replica.prisma", import.meta.url), file);
    const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: file }) });
    expect(await replica(url, prisma)).toEqual(contacts(5));
    await prisma.$disconnect();
  });

  it("says what is wrong with the store", async () => {
    const said: string[] = [];
    for (const code of ["store-full", "store-blocked", "store-unavailable"] as const) {
      const apply = () => Promise.reject(new DigestSyncError(code, "for the test"));
      const sync = newClient(await server(), { store: { ...memoryStore(), apply } });
      await syncAndSay(sync, (text) => said.push(text));
    }
    expect(said).toHaveLength(3);
  });

  // As docs/stores.md tells the authors of stores.
  const stores = new Map<string, ReturnType<typeof memoryStore>>();
  const open = (name: string) => stores.get(name) ?? stores.set(name, memoryStore()).get(name)!;
  for (const { name, run } of testLocalStore({ open, rows: 1_000 })) it(name, run);
});
