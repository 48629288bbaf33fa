import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileRowDigest, compileRowEncoder, findCollection, keyText } from "@digest-sync/core";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../../prisma/create-database.js";
import { PrismaClient } from "../../../prisma/generated/replica/prisma/client.js";
import { manifest as typesManifest } from "../../../prisma/generated/types/digest-sync/client.js";
import type { StoredRow } from "../src/index.js";
import { prismaStore } from "../src/prisma.js";
import { storeTestManifest, testLocalStore } from "../src/testing/index.js";
import { contacts, manifest as sample } from "./sample.js";
import { newClient, startServer } from "./setup.js";

const folder = mkdtempSync(join(tmpdir(), "prisma-store-"));
const template = join(folder, "template.db");
const clients = new Map<string, PrismaClient>();
beforeAll(() => createDatabase(new URL("../../../prisma/replica.prisma", import.meta.url), `file:${template}`));
afterAll(async () => {
  for (const client of clients.values()) await client.$disconnect();
  rmSync(folder, { recursive: true });
});

/** One client for each database, as a service has it. */
function database(name: string): PrismaClient {
  let client = clients.get(name);
  if (client === undefined) {
    const file = join(folder, `${name}.db`);
    copyFileSync(template, file);
    client = new PrismaClient({ adapter: new PrismaLibSql({ url: `file:${file}`, timeout: 5000, intMode: "bigint" }) });
    clients.set(name, client);
  }
  return client;
}

describe("prismaStore", () => {
  const full = new Set<string>();
  const cases = testLocalStore({
    open: (name) => {
      // The bookkeeping comes after the rows: where it fails, there are rows to roll back.
      const prisma = database(name).$extends({
        query: {
          digestCopy: {
            createMany: ({ args, query }) => {
              if (full.has(name)) throw new Error("SQLITE_FULL: database or disk is full");
              return query(args);
            },
          },
        },
      });
      return prismaStore({ prisma, manifest: storeTestManifest });
    },
    fill(name) {
      full.add(name);
      return () => full.delete(name);
    },
    clear: async (name) => {
      const prisma = database(name);
      await prisma.$transaction([
        ...[prisma.alpha.deleteMany(), prisma.beta.deleteMany()],
        ...[prisma.digestCopy.deleteMany(), prisma.digestCopyState.deleteMany()],
      ]);
    },
    damage: (name, { key }) => database(name).alpha.update({ where: { id: key }, data: { text: "edited" } }),
    rows: 2_000,
  });
  for (const { name, run } of cases) it(name, run);

  it("keeps the tables of a service equal to the server's collections, whatever the service did to them", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(1_100));
    const since = new Date(1_700_000_000_000);
    server.set.put("Member", { team: "t/1", user: 1, since }, { team: "t", user: -2, since: null });
    const prisma = database("service");
    const collections = ["Contact", "Member"] as const;
    const store = prismaStore({ prisma, manifest: sample, collections });
    const sync = newClient(server, { store, collections: [...collections] });
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 1_102 });
    expect(await prisma.contact.count()).toBe(1_100);
    expect(await prisma.member.findMany({ orderBy: { user: "desc" } })).toEqual([
      { team: "t/1", user: 1, since },
      { team: "t", user: -2, since: null },
    ]);

    server.set.put("Contact", { id: "c000003", name: "changed" });
    server.set.remove("Member", "t/-2");
    expect(await sync.sync({ changesLikely: true })).toMatchObject({ inSync: true, upserted: 1, deleted: 1 });
    expect(await prisma.contact.findUnique({ where: { id: "c000003" } })).toEqual({ id: "c000003", name: "changed" });
    expect(await prisma.member.count()).toBe(1);

    await prisma.contact.update({ where: { id: "c000001" }, data: { name: "edited here" } });
    await prisma.contact.delete({ where: { id: "c000002" } });
    await prisma.contact.create({ data: { id: "not the server's" } });
    const { corrupted } = await sync.audit();
    expect(corrupted.map(({ key }) => key).sort()).toEqual(["c000001", "c000002", "not the server's"]);
    expect(await sync.sync()).toMatchObject({ inSync: true, upserted: 2 });
    expect(await prisma.contact.findMany({ where: { id: { lt: "c000003" } }, orderBy: { id: "asc" } })).toEqual(
      contacts(3),
    );
    expect(await prisma.contact.count()).toBe(1_100);
  });

  it("holds every type, so that a row read from its table has the digest it came with", async () => {
    const everything = findCollection(typesManifest, "Everything");
    const encode = compileRowEncoder(everything);
    const digest = compileRowDigest(everything, "sha256");
    const full = {
      ...{ id: 1, string: "text", int: -7, big: 2n ** 62n, float: 0.1, decimal: "-12.5", boolean: true },
      ...{ dateTime: new Date(1_700_000_000_123), json: { a: [1, null, "x"] }, bytes: Uint8Array.of(0, 255) },
      colour: "darkBlue",
    };
    const optional = Object.fromEntries(
      Object.entries(full).flatMap(([name, value]) => (name === "id" ? [] : [[`${name}Optional`, value]])),
    );
    const rows = [
      { ...full, ...optional, id: 1 },
      { ...full, id: 2 },
      { ...full, id: 3, json: null },
    ].map(
      (values): StoredRow => ({
        ...{ collection: "Everything", key: keyText(everything, values) },
        ...{ digest: digest(values), encoding: encode(values) },
      }),
    );
    const store = prismaStore({ prisma: database("types"), manifest: typesManifest, collections: ["Everything"] });
    const plain = (all: readonly StoredRow[]) => all.map(({ encoding }) => [...encoding]);
    await store.apply({ deletes: [], upserts: rows, revision: 1, state: new Uint8Array(0) });
    expect(plain(await store.scan("Everything", null, 10))).toEqual(plain(rows));
    expect(await database("types").digestCopy.count({ where: { encoding: { not: null } } })).toBe(0);

    const emptied = { ...full, id: 1 };
    const replaced = { ...rows[0]!, encoding: encode(emptied), digest: digest(emptied) };
    await store.apply({ deletes: [], upserts: [replaced], revision: 2, state: new Uint8Array(0) });
    expect(plain(await store.get("Everything", ["1"]))).toEqual(plain([replaced]));
  });

  it("keeps what has no column beside the digest", async () => {
    const prisma = database("omit");
    const note = {
      ...sample.collections[0]!,
      fields: [...sample.collections[0]!.fields, { name: "extra", type: "Int" }],
    };
    const manifest = { ...sample, collections: [note] } as typeof sample;
    const store = prismaStore({ prisma, manifest, omit: { Contact: ["extra" as "name"] } });
    const encoding = compileRowEncoder(note as never)({ id: "c", name: "n", extra: 7 });
    const row = { collection: "Contact", key: "c", digest: new Uint8Array(32), encoding };
    await store.apply({ deletes: [], upserts: [row], revision: 1, state: new Uint8Array(0) });
    expect(await prisma.contact.findMany()).toEqual([{ id: "c", name: "n" }]);
    const read = async () => (await store.get("Contact", ["c"])).map((one) => [...one.encoding]);
    expect(await read()).toEqual([[...encoding]]);
    await prisma.contact.updateMany({ data: { name: "edited" } });
    expect(await read()).not.toEqual([[...encoding]]);
  });

  it("says at once which model is missing", () => {
    const collections = [{ ...sample.collections[0]!, name: "Missing" }];
    const open = () => prismaStore({ prisma: database("missing"), manifest: { ...sample, collections } });
    expect(open).toThrow("the Prisma client has no model Missing");
  });
});
