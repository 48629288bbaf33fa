import { DigestSyncClient } from "@digest-sync/client";
import { compileDigest, compileRowEncoder, findCollection, toHex } from "@digest-sync/core";
import { digestSync } from "@digest-sync/prisma";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest as clientManifest } from "../prisma/generated/types/digest-sync/client.js";
import { manifest } from "../prisma/generated/types/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/types/prisma/client.js";
import { emptyDatabase, provider, type TestDatabase } from "./databases/index.js";
import { directFetch } from "./direct-fetch.js";
import { collections, type EdgeRow, everyList, everyNative, everyRow } from "./same-digest/rows.js";

// Invariant 3: the same row has the same digest on every database and on the client. The digest that is expected is made
// from the data by core, with collections that are written down here: no database has a say in it. Native types alone go by
// the manifest of the database that has them.

interface Delegate {
  create(args: { data: object }): Promise<unknown>;
}

let database: TestDatabase;
let prisma: ReturnType<typeof extended>;

function extended(client: PrismaClient) {
  return client.$extends(digestSync(manifest, { delay: 1_000_000 }));
}

beforeAll(async () => {
  database = await emptyDatabase("types");
  prisma = extended(database.closing(new PrismaClient({ adapter: database.adapter() })));
  await prisma.$digests.install();
});
afterAll(() => database.remove());

const rows = [...everyRow, ...everyList, ...everyNative[provider]].map((row, id) => ({ ...row, id }));
type Row = (typeof rows)[number];
const has = ({ unless }: EdgeRow) => unless?.[provider] === undefined;
const names = { everything: "Everything", lists: "Lists", native: "Native" };
const collectionOf = ({ model }: EdgeRow) => names[model];

/** Native rows bring their key, the others are numbered. */
const whole = ({ id, model, data }: Row) => (model === "native" ? data : { id, ...data });
const keyOf = (row: Row) => (row.model === "native" ? (Object.values(row.data)[0] as string) : row.id);

const write = (row: Row) =>
  (prisma as unknown as Record<string, Delegate>)[row.model]!.create({ data: { ...whole(row), ...row.written } });

function expected(row: Row): string {
  const name = collectionOf(row);
  const collection = collections.find((one) => one.name === name) ?? findCollection(clientManifest, name);
  return toHex(compileDigest(name, "sha256")(compileRowEncoder(collection)(whole(row))));
}

describe("invariant 3: the same row has the same digest", () => {
  test.each(rows.filter(has))("in the database: $name", async (row) => {
    await write(row);
    const digest = await prisma.$digests.digest(collectionOf(row), String(keyOf(row)));
    expect(digest && toHex(digest)).toBe(expected(row));
  });

  test("on a client, in the bytes it was sent and in the rows it reads", async () => {
    const none = Object.fromEntries(manifest.collections.flatMap(({ scope }) => scope.map((path) => [path, []])));
    const client = new DigestSyncClient({
      url: "http://direct",
      manifest: clientManifest,
      fetch: directFetch(prisma.$digests, none),
    });
    const held = rows.filter(has);
    expect(await client.sync()).toMatchObject({ inSync: true, count: held.length });
    for (const row of held) {
      const name = collectionOf(row);
      const encode = compileRowEncoder(findCollection(clientManifest, name));
      const read = await client.collection(name as "Everything").get(keyOf(row) as number);
      expect(toHex(compileDigest(name, "sha256")(encode({ ...read }))), row.name).toBe(expected(row));
    }
  });

  const cannot = rows.filter((row) => !has(row) && (row.model !== "lists" || provider === "postgresql"));
  test.each(cannot)("$name: this database cannot hold it", async (row) => {
    // Refused, or stored as something else, whose digest is another.
    const stored = await write(row).catch(() => undefined);
    if (stored === undefined) return;
    const digest = await prisma.$digests.digest(collectionOf(row), String(keyOf(row)));
    expect(digest && toHex(digest)).not.toBe(expected(row));
  });
});
