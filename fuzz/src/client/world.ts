import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalStore, memoryStore, type StoredRow } from "@digest-sync/client";
import {
  decodePullRequest,
  decodeVerifyRequest,
  encodeManifest,
  encodePullAnswer,
  encodeVerifyAnswer,
} from "@digest-sync/core";
import { type Digests, digestSync } from "@digest-sync/prisma";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createDatabase } from "../../../prisma/create-database.js";
import { manifest as clientManifest } from "../../../prisma/generated/digest-sync/client.js";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/prisma/client.js";

const grant = { id: "a1", accountId: "a1" };

/** A real server without HTTP, and copies of what clients of it hold. */
export interface World {
  readonly honest: typeof fetch;
  readonly digests: Digests;
  root(): Promise<Uint8Array>;
  /** Writes, and settles. */
  write(seed: number): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-fuzz-"));
  const url = `file:${join(folder, "client.db")}`;
  // From fuzz/dist/fuzz/src/client.
  await createDatabase(new URL("../../../../../prisma/schema.prisma", import.meta.url), url);
  const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 5_000, intMode: "bigint" }) });
  await prisma.account.create({ data: { id: "a1", name: "n", email: "e" } });
  await prisma.contact.createMany({ data: Array.from({ length: 1_200 }, (_, i) => contact(`c${i}`, `name ${i}`)) });
  await prisma.city.createMany({ data: Array.from({ length: 100 }, (_, cityId) => city(cityId)) });
  const { $digests } = prisma.$extends(digestSync(manifest, { delay: 1_000_000 }));
  await $digests.install();
  await $digests.settle();
  return {
    honest: answersOf($digests),
    digests: $digests,
    root: async () => (await $digests.root(grant)).root,
    write: async (seed) => {
      const id = `w${seed % 50}`;
      const data = contact(id, `written ${seed}`);
      await prisma.contact.upsert({ where: { id }, create: data, update: data });
      await prisma.contact.deleteMany({ where: { id: `c${seed % 300}` } });
      await prisma.contact.updateMany({ where: { id: { startsWith: `c${seed % 10}1` } }, data: { name: `n${seed}` } });
      await $digests.settle();
    },
    close: async () => {
      await $digests.stop();
      await prisma.$disconnect();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const contact = (id: string, name: string) => ({ id, accountId: "a1", name, createdAt: new Date(0) });
const city = (cityId: number) => ({
  ...{ cityId, name: `City ${cityId}`, altName: "", country: "CH", featureCode: "PPL", adminCode: "0" },
  ...{ population: cityId, lat: cityId / 7, lon: 0 },
});

function answersOf(digests: Digests): typeof fetch {
  const reply = (body: Uint8Array) =>
    new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/cbor" } });
  return async (input, init) => {
    const path = String(input).split("/").at(-1);
    const body = new Uint8Array((init?.body as Uint8Array | undefined) ?? []);
    if (path === "manifest") return reply(encodeManifest(digests.manifest));
    if (path === "verify") return reply(encodeVerifyAnswer(await digests.verify(decodeVerifyRequest(body), grant)));
    return reply(encodePullAnswer(await digests.pull(decodePullRequest(body), grant)));
  };
}

/** Rows and saved state of a store, to make others like it. */
export interface Snapshot {
  readonly rows: readonly StoredRow[];
  readonly state: Uint8Array;
}

export async function snapshotOf(store: LocalStore): Promise<Snapshot> {
  const rows: StoredRow[] = [];
  for (const { name } of clientManifest.collections) {
    rows.push(...(await store.scan(name, null, Number.MAX_SAFE_INTEGER)));
  }
  return { rows, state: (await store.load())?.state ?? new Uint8Array(0) };
}

export async function storeOf({ rows, state }: Snapshot): Promise<LocalStore> {
  const store = memoryStore();
  await store.apply({ upserts: rows, deletes: [], revision: 1, state });
  return store;
}
