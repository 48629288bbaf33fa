import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { digestSync } from "@digest-sync/prisma";
import { createDatabase } from "../../../../prisma/create-database.js";
import { manifest } from "../../../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../../../prisma/generated/prisma/client.js";
import { sqlite } from "../app/prisma.service.js";
import { repositoryFolder } from "./folders.js";
import { approximateRows, type Size, seed } from "./seed.js";

/** Hears what is going on: rows done, and of how many. */
export type OnProgress = (what: string, done: number, total: number) => void;

export interface DatabaseOptions {
  readonly size: Size;
  readonly onProgress: OnProgress;
  /** Where seeded databases are kept, and by which name this one is known. Absent: seed anew. */
  readonly cache?: { readonly folder: string; readonly key: string; readonly refresh: boolean };
}

/**
 * A seeded database with all its digests, in a file of its own in this folder. A kept one is copied, never opened.
 *
 * @returns its URL as driver adapters name it
 */
export async function seededDatabase(folder: string, { size, onProgress, cache }: DatabaseOptions): Promise<string> {
  const file = join(folder, "contacts.db");
  const kept = cache && join(cache.folder, `${cache.key}.db`);
  if (kept && existsSync(kept) && !cache.refresh) {
    copy(kept, file);
    return `file:${file}`;
  }
  await createDatabase(join(repositoryFolder, "prisma/schema.prisma"), `file:${file}`);
  await fill(`file:${file}`, size, onProgress);
  if (kept) keep(file, cache.folder, kept);
  return `file:${file}`;
}

async function fill(url: string, size: Size, onProgress: OnProgress): Promise<void> {
  const plain = new PrismaClient({ adapter: sqlite(url) });
  // `settle` below does the whole work: the background settler, which `install` pokes, would only compete with it.
  const prisma = plain.$extends(digestSync(manifest, { delay: 3_600_000 }));
  try {
    const total = approximateRows(size);
    await seed(plain, size, (rows) => onProgress("Seeding", rows, total));
    await prisma.$digests.install();
    const queued = await plain.digestPending.count();
    await prisma.$digests.settle({ onProgress: ({ settled }) => onProgress("Digesting", settled, queued) });
  } finally {
    // Not the extended client's, which settles for up to five seconds first: that is for an app, not for Ctrl-C.
    await plain.$disconnect();
  }
}

/** Whole or not at all: two demos may run at once. Databases of earlier versions go. */
function keep(file: string, folder: string, kept: string): void {
  mkdirSync(folder, { recursive: true });
  const partial = `${kept}.${process.pid}.partial`;
  try {
    copy(file, partial);
    renameSync(partial, kept);
  } finally {
    rmSync(partial, { force: true });
  }
  for (const name of readdirSync(folder)) {
    const other = join(folder, name);
    if (name.endsWith(".db") && other !== kept) rmSync(other, { force: true });
  }
}

function copy(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
}
