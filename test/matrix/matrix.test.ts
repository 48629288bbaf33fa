import type { DatabaseManifest } from "@digest-sync/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/matrix/digest-sync/server.js";
import { provider } from "../databases/index.js";
import { type Circumstance, circumstances } from "./circumstances.js";
import { matrixDatabase } from "./database.js";
import type { Operation } from "./operation.js";
import { groups } from "./operations.js";
import { digestsOf, storedDigests, type Tables, tablesOf } from "./oracle.js";
import type { Outcome } from "./outcome.js";
import { compare, type Mark } from "./table.js";
import { createWorld, type World } from "./world.js";
import type { Writer } from "./writers.js";

let world: World;
/** The same database without Digest Sync: what every write should do and answer. */
let twin: World;
let seeded: Tables;

beforeAll(async () => {
  world = await createWorld(await matrixDatabase(), manifest as DatabaseManifest);
  twin = await createWorld(await matrixDatabase());
  seeded = await tablesOf(world.plain);
  expect(await storedDigests(world.plain)).toEqual(digestsOf(seeded, manifest));
});
afterAll(async () => {
  await Promise.all([world?.end(), twin?.end()]);
});

const isHere = ({ on }: Operation | Circumstance) => on?.includes(provider) ?? true;
const here = circumstances.filter(isHere);
const found = new Map<string, Mark>();

/** Performs the write in the twin: its outcome, and the tables after it. */
async function performInTwin(write: () => Promise<Outcome>, commits: boolean) {
  try {
    const outcome = await write();
    return { outcome, tables: commits ? await tablesOf(twin.plain) : seeded };
  } finally {
    if (commits) await twin.reset();
  }
}

type Expected = Awaited<ReturnType<typeof performInTwin>>;

/** One cell of the matrix: the write by this writer in this circumstance. */
async function performCell(cell: string, write: () => Promise<Outcome>, expected: Expected, commits: boolean) {
  try {
    expect(await write(), `${cell}: result`).toEqual(expected.outcome);
    const tables = await tablesOf(world.plain);
    expect(tables, `${cell}: tables`).toEqual(expected.tables);
    const pending = await world.plain.digestPending.count();
    if (!commits) {
      expect(tables, `${cell}: tables`).toEqual(seeded);
      expect(pending, `${cell}: pending changes`).toBe(0);
      return;
    }
    expect(tables, `${cell}: the write has an effect`).not.toEqual(seeded);
    expect(pending, `${cell}: pending changes`).toBeGreaterThan(0);
    await world.digests?.settle();
    expect(await world.plain.digestPending.count(), `${cell}: pending changes after settling`).toBe(0);
    expect(await storedDigests(world.plain), `${cell}: digests`).toEqual(digestsOf(tables, manifest));
    await world.reset();
  } catch (error) {
    // The next cell finds the seed whatever became of this one.
    await world.reset();
    throw error;
  }
}

describe.each(groups)("$name", ({ operations }) => {
  test.each(operations.filter(isHere))("$name", async (operation) => {
    let cells = 0;
    for (const circumstance of here) {
      const commits = circumstance.commits && !operation.refused;
      // SQL is the same whoever sends it; Prisma's clients answer more than that it was done.
      const expected = new Map<string, Expected>();
      for (const writer of world.writers) {
        const write = writer.write(operation, circumstance);
        if (write === undefined) continue;
        if (!expected.has(writer.answers)) {
          const model = twin.writers.find(
            (one) => one.answers === writer.answers && one.write(operation, circumstance),
          );
          expected.set(writer.answers, await performInTwin((model as Writer).write(operation, circumstance)!, commits));
        }
        const cell = `${operation.name}, ${circumstance.name}, ${writer.name}`;
        await performCell(cell, write, expected.get(writer.answers)!, commits);
        cells += 1;
      }
    }
    expect(cells).toBeGreaterThan(0);
    found.set(operation.name, operation.refused ? "refused" : "captured");
  });
});

test("the audit agrees after all of it", async () => {
  expect(await world.digests?.audit()).toMatchObject({ ok: true, findings: [], sums: [], unencodable: [] });
});

test("docs/writes.md says the same", ({ skip }) => {
  const all = groups.flatMap(({ operations }) => operations).filter(isHere);
  if (found.size < all.length) skip("Only a part of the matrix was performed, or some of it failed.");
  const { current, expected, update } = compare(groups, provider, found);
  if (process.env.UPDATE_DOCS) update();
  else expect(current, "The table is stale: npm run docs:writes").toBe(expected);
});
