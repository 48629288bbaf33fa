import { readFileSync } from "node:fs";
import type { DatabaseManifest, Digests } from "@digest-sync/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/matrix/digest-sync/server.js";
import { provider } from "../databases/index.js";
import { type Connection, matrixDatabase } from "./database.js";
import { exceptions } from "./exceptions.js";
import { quoted } from "./operation.js";
import { digestsOf, storedDigests, tablesOf } from "./oracle.js";
import { createWorld, type World } from "./world.js";

const here = exceptions.filter(({ write }) => write[provider] !== undefined);

describe.each(here)("what no trigger sees: $name", ({ setUp, write, check }) => {
  let world: World | undefined;
  let connection: Connection;
  const perform = async (statements: readonly string[] = []) => {
    for (const sql of statements) {
      await connection.execute(quoted(sql, provider));
      await world?.digests?.settle();
    }
  };
  beforeAll(async () => {
    const database = await matrixDatabase();
    connection = await database.connect();
    await perform(setUp?.[provider]);
    world = await createWorld(database, manifest as DatabaseManifest);
  });
  afterAll(async () => {
    await connection.end();
    await world?.end();
  });

  test("the audit finds it and mends it, and install what check has complained of", async () => {
    const { plain, digests } = world as World & { digests: Digests };
    await perform(write[provider]);
    expect(await storedDigests(plain)).not.toEqual(digestsOf(await tablesOf(plain), manifest));
    const { ok, problems } = await digests.check();
    if (check) expect(problems.join("\n")).toMatch(check);
    else expect({ ok, problems }).toEqual({ ok: true, problems: [] });

    const found = await digests.audit();
    expect(found.ok).toBe(false);
    expect(found.findings.length + found.sums.length).toBeGreaterThan(0);
    if (check) {
      await digests.install();
      await digests.settle();
      expect(await digests.check()).toMatchObject({ ok: true, problems: [] });
    } else {
      expect((await digests.audit({ repair: true })).repaired).toBe(true);
    }
    expect(await digests.audit()).toMatchObject({ ok: true, findings: [], sums: [] });
    expect(await storedDigests(plain)).toEqual(digestsOf(await tablesOf(plain), manifest));
  });
});

test("docs/writes.md names them all", () => {
  const page = readFileSync(new URL("../../docs/writes.md", import.meta.url), "utf8");
  for (const { name } of exceptions) expect(page).toContain(`- **${name}**`);
});
