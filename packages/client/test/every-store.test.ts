import "fake-indexeddb/auto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../../prisma/create-database.js";
import { PrismaClient } from "../../../prisma/generated/replica/prisma/client.js";
import { type LocalStore, memoryStore } from "../src/index.js";
import { indexedDbStore } from "../src/indexeddb.js";
import { prismaStore } from "../src/prisma.js";
import { sqliteStore, synchronousDriver } from "../src/sqlite.js";
import { changed, contact, contacts, manifest, without } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";

const folder = mkdtempSync(join(tmpdir(), "every-store-"));
const template = join(folder, "template.db");
const endings: (() => unknown)[] = [];
beforeAll(() => createDatabase(new URL("../../../prisma/replica.prisma", import.meta.url), `file:${template}`));
afterAll(async () => {
  for (const end of endings) await end();
  rmSync(folder, { recursive: true });
});

/** Each gives a store, and the same one as the app finds it when it starts again. */
const stores: Readonly<Record<string, (name: string) => () => LocalStore>> = {
  memoryStore: () => {
    const store = memoryStore();
    return () => store;
  },
  indexedDbStore: (name) => () => indexedDbStore(name),
  sqliteStore: (name) => () => {
    const database = new Database(join(folder, `${name}.db`));
    endings.push(() => database.close());
    return sqliteStore(synchronousDriver(database));
  },
  prismaStore: (name) => {
    const file = join(folder, `${name}.db`);
    copyFileSync(template, file);
    const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: `file:${file}`, timeout: 5000 }) });
    endings.push(() => prisma.$disconnect());
    return () => prismaStore({ prisma, manifest });
  },
};
const [contactCollection, ...others] = manifest.collections;
const withField = (field: (typeof contactCollection & object)["fields"][number]) =>
  changed({ collections: [{ ...contactCollection!, fields: [...contactCollection!.fields, field] }, ...others] });

describe.each(Object.keys(stores))("a client over %s", (kind) => {
  let number = 0;
  const newStore = () => stores[kind]!(`${kind}-${number++}`);

  it("goes on with an interrupted first sync, moves at most a tenth twice, and tells how far it is", async () => {
    const server = await startServer();
    server.bounds = { answerRows: 50, pageRows: 20, bulkShare: 0.5 };
    server.set.put("Contact", ...contacts(600));
    let bytes = 0;
    let pulls = 0;
    const measured =
      (dying: number): typeof fetch =>
      async (input, init) => {
        if (String(input).endsWith("/pull") && ++pulls >= dying) throw new TypeError("the tab was closed");
        const answer = await (await fetch(input, init)).arrayBuffer();
        bytes += answer.byteLength;
        return new Response(answer, { headers: { "content-type": "application/cbor" } });
      };
    const whole = newClient(server, { fetch: measured(Number.POSITIVE_INFINITY) });
    await whole.sync();
    const needed = bytes;

    const open = newStore();
    bytes = pulls = 0;
    await failure(newClient(server, { store: open(), fetch: measured(16), retries: 0 }).sync(), "network");
    const progress: { rows: number; total?: number }[] = [];
    const onProgress = (event: { phase: string; rows: number; total?: number }) => {
      if (event.phase === "bulk") progress.push({ rows: event.rows, total: event.total! });
    };
    const again = newClient(server, { store: open(), fetch: measured(Number.POSITIVE_INFINITY) });
    expect(await again.sync({ onProgress })).toMatchObject({ inSync: true, count: 600 });
    expect(await contentsOf(open())).toEqual(server.set.contents());
    expect(bytes).toBeLessThan(1.1 * needed);
    expect(progress[0]).toEqual({ rows: 320, total: 600 });
    expect(progress.at(-1)).toEqual({ rows: 600, total: 600 });
  });

  it("starts again with one small request, and drops what it may no longer hold", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(40));
    server.set.put("Member", { team: "a", user: 1, since: null }, { team: "b", user: 2, since: new Date(7) });
    const open = newStore();
    await newClient(server, { store: open() }).sync();
    server.seen.length = 0;
    const sync = newClient(server, { store: open() });
    expect(await sync.sync({ changesLikely: false })).toMatchObject({ inSync: true, requests: 1, upserted: 0 });
    expect(server.seen[0]).toMatchObject({ path: "verify", request: { count: 42 } });
    // The scope of team b is revoked, and a contact changes hands.
    server.set.remove("Member", "b/2");
    server.set.remove("Contact", "c000007");
    expect(await sync.sync({ changesLikely: true })).toMatchObject({ inSync: true, deleted: 2, requests: 1 });
    expect(await contentsOf(open())).toEqual(server.set.contents());
  });

  it("gets along with a later server: nullable fields cost nothing, others come, collections go and come back", async () => {
    const server = await startServer();
    const fill = () => server.set.put("Contact", ...contacts(30));
    fill();
    server.set.put("Note", { id: "n", text: "kept" });
    const open = newStore();
    const sync = newClient(server, { store: open() });
    await sync.sync();

    server.deploy(withField({ name: "born", type: "DateTime", optional: true }));
    fill();
    server.set.put("Note", { id: "n", text: "kept" });
    expect(await sync.sync()).toMatchObject({ inSync: true, upserted: 0, deleted: 0, changed: ["Contact"] });

    server.deploy(without("Note"));
    fill();
    server.set.put("Contact", contact("c000003", "changed"));
    const frozen = newClient(server, { store: open() });
    expect(await frozen.sync()).toMatchObject({ inSync: true, upserted: 1, frozen: ["Note"] });
    expect(await frozen.collection("Note").get("n")).toEqual({ id: "n", text: "kept" });

    server.deploy(withField({ name: "age", type: "Int" }));
    server.set.put("Contact", ...contacts(30).map((row) => ({ ...row, age: 7 })));
    server.set.put("Note", { id: "n", text: "kept" });
    const last = newClient(server, { store: open() });
    expect(await last.sync()).toMatchObject({ inSync: true, upserted: 30, frozen: [], changed: ["Contact"] });
    expect(await last.collection("Contact").get("c000003")).toMatchObject(contact("c000003"));
    expect(await contentsOf(open())).toEqual(server.set.contents());
    expect(await last.audit()).toMatchObject({ rows: 31, corrupted: [], sumsRepaired: false });
  });
});
