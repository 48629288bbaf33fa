import type { DatabaseManifest } from "@digest-sync/engine";
import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manifest as all } from "../../prisma/generated/matrix/digest-sync/server.js";
import { provider } from "../databases/index.js";
import { type Connection, type MatrixDatabase, matrixDatabase } from "./database.js";
import { quoted } from "./operation.js";
import { storedDigests } from "./oracle.js";
import { tableKinds, writes } from "./tables.js";
import type { ExtendableClient } from "./world.js";

/** The one collection whose table is of another kind every time. */
const manifest = {
  ...all,
  collections: all.collections.filter(({ name }) => name === "OnCascade"),
  tables: all.tables.filter(({ model }) => model === "OnCascade"),
  foreignKeys: [],
} as DatabaseManifest;

const here = tableKinds.filter(({ on }) => on === provider);
const refused = here.filter((kind) => kind.refused);

let database: MatrixDatabase;
let connection: Connection;
beforeEach(async () => {
  database = await matrixDatabase();
  connection = await database.connect();
});
afterEach(async () => {
  await connection.end();
  await database.remove();
});

async function made(make: readonly string[]) {
  const plain = database.client();
  for (const sql of [`DROP TABLE "OnCascade"`, ...make]) await connection.execute(quoted(sql, provider));
  return (plain as unknown as ExtendableClient).$extends(digestSync(manifest, { delay: 1_000_000 }));
}

describe("tables that a model cannot be synced from are refused, with the reason", () => {
  test.each(refused)("$name", async ({ make, refused }) => {
    const prisma = await made(make);
    await expect(prisma.$digests.install()).rejects.toThrow(refused);
    const { ok, problems } = await prisma.$digests.check();
    expect({ ok, problems }).toEqual({ ok: false, problems: [expect.stringMatching(refused as RegExp)] });
  });
});

describe("tables of all other kinds are synced", () => {
  test.each(here.filter((kind) => !kind.refused))("$name", async ({ make, writes: own }) => {
    const prisma = await made(make);
    await prisma.$digests.install();
    for (const sql of own ?? writes) {
      await connection.execute(quoted(sql, provider));
      await prisma.$digests.settle();
      expect(await prisma.$digests.audit(), sql).toMatchObject({ ok: true, findings: [] });
    }
    // Rows are read through the ORM and found by the text that a trigger makes of the key: both must agree.
    expect(Object.keys(await storedDigests(prisma))).toEqual(["OnCascade|c|1"]);
  });
});
