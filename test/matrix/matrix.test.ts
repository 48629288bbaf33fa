import type { DatabaseManifest } from "@digest-sync/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/matrix/digest-sync/server.js";
import { provider } from "../databases/index.js";
import { type Circumstance, circumstances } from "./circumstances.js";
import { matrixDatabase } from "./database.js";
import type { Operation } from "./operation.js";
import { groups } from "./operations.js";
import { type Digests, digestsOf, storedDigests, tablesOf } from "./oracle.js";
import type { Outcome } from "./outcome.js";
import { compare, type Mark } from "./table.js";
import { createWorld, type World } from "./world.js";
import type { Writer } from "./writers.js";

let world: World;
/** The same database without Digest Sync: what every write should do and answer. */
let twin: World;
/** The app's tables before every write, as text. */
let seeded: string;

beforeAll(async () => {
  world = await createWorld(await matrixDatabase(), manifest as DatabaseManifest);
  twin = await createWorld(await matrixDatabase());
  seeded = await world.picture();
  expect(await storedDigests(world.plain)).toEqual(digestsOf(await tablesOf(world.plain), manifest));
});
afterAll(async () => {
  await Promise.all([world?.end(), twin?.end()]);
});

const isHere = ({ on }: Operation | Circumstance) => on?.includes(provider) ?? true;
const here = circumstances.filter(isHere);
const found = new Map<string, Mark>();
let cells = 0;

/** What a write does without Digest Sync: its outcome, and the tables after it. */
async function performInTwin(write: () => Promise<Outcome>, commits: boolean) {
  try {
    const outcome = await write();
    return { outcome, picture: commits ? await twin.picture() : seeded };
  } finally {
    if (commits) await twin.reset();
  }
}

type Expected = Awaited<ReturnType<typeof performInTwin>>;

/** The digests of what is in the tables, computed once for each picture of them. */
const computed = new Map<string, Digests>();

async function digestsOfTables(picture: string): Promise<Digests> {
  const digests = computed.get(picture) ?? digestsOf(await tablesOf(world.plain), manifest);
  computed.set(picture, digests);
  return digests;
}

/** One cell of the matrix: the write by this writer in this circumstance. */
async function performCell(cell: string, write: () => Promise<Outcome>, expected: Expected, commits: boolean) {
  try {
    expect(await write(), `${cell}: result`).toEqual(expected.outcome);
    const picture = await world.picture();
    expect(picture, `${cell}: tables`).toBe(expected.picture);
    const pending = await world.plain.digestPending.count();
    if (!commits) {
      expect(pending, `${cell}: pending changes`).toBe(0);
      return;
    }
    expect(picture, `${cell}: the write has an effect`).not.toBe(seeded);
    expect(pending, `${cell}: pending changes`).toBeGreaterThan(0);
    await world.digests?.settle();
    expect(await world.plain.digestPending.count(), `${cell}: pending changes after settling`).toBe(0);
    expect(await storedDigests(world.plain), `${cell}: digests`).toEqual(await digestsOfTables(picture));
    await world.reset();
  } catch (error) {
    // The next cell finds the seed whatever became of this one.
    await world.reset();
    throw error;
  }
}

describe.each(groups)("$name", ({ operations }) => {
  test.each(operations.filter(isHere))("$name", async (operation) => {
    const before = cells;
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
    expect(cells).toBeGreaterThan(before);
    found.set(operation.name, operation.refused ? "refused" : "captured");
  });
});

test("the audit agrees after all of it", async () => {
  console.log(`${cells} cells`);
  expect(await world.digests?.audit()).toMatchObject({ ok: true, findings: [], sums: [], unencodable: [] });
});

test("docs/writes.md says the same", ({ skip }) => {
  const all = groups.flatMap(({ operations }) => operations).filter(isHere);
  if (found.size < all.length) skip("Only a part of the matrix was performed, or some of it failed.");
  const { current, expected, update } = compare(groups, provider, found);
  if (process.env.UPDATE_DOCS) update();
  else expect(current, "The table is stale: npm run docs:writes").toBe(expected);
});
