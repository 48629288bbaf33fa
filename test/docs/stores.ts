import { DigestSyncClient } from "@digest-sync/client";
import { indexedDbStore } from "@digest-sync/client/indexeddb";
import { prismaStore } from "@digest-sync/client/prisma";
import { sqliteStore, synchronousDriver } from "@digest-sync/client/sqlite";
import Database from "libsql";
import { type Contact, manifest } from "../../packages/client/test/sample.js";
import type { PrismaClient } from "../../prisma/generated/replica/prisma/client.js";

// The snippets of docs/stores.md, run by stores.test.ts.

export function inTheBrowser(url: string, userId: string) {
  const store = indexedDbStore(`contacts-of-${userId}`);
  const sync = new DigestSyncClient({ url, manifest, store });
  return sync;
}

export function onNode(url: string, path: string) {
  const database = new Database(path);
  database.exec("PRAGMA journal_mode = WAL");
  const store = sqliteStore(synchronousDriver(database));
  const sync = new DigestSyncClient({ url, manifest, store });
  return { sync, database };
}

export async function replica(url: string, prisma: PrismaClient): Promise<Contact[]> {
  const collections = ["Contact", "Member"] as const;
  const store = prismaStore({ prisma, manifest, collections });
  const sync = new DigestSyncClient({ url, manifest, collections, store });
  await sync.sync();
  return prisma.contact.findMany({ where: { name: { startsWith: "name" } } });
}

export async function firstSync(sync: DigestSyncClient, show: (share: number) => void) {
  await sync.sync({
    onProgress: ({ phase, rows, total }) => {
      if (phase === "bulk" && total) show(rows / total);
    },
  });
}

export async function syncAndSay(sync: DigestSyncClient, say: (text: string) => void) {
  try {
    await sync.sync();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "store-full") say("This device is full: free some space, and what is missing comes.");
    else if (code === "store-blocked") say("Another tab runs a different version: close it or reload this page.");
    else if (code === "store-unavailable") say("This browser keeps nothing: data stays until you close the page.");
    else throw error;
  }
}
