import type { DatabaseManifest } from "@digest-sync/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/matrix/digest-sync/server.js";
import { databaseName, provider } from "../databases/index.js";
import { type Circumstance, circumstances, TooSlow } from "./circumstances.js";
import { matrixDatabase } from "./database.js";
import type { Operation } from "./operation.js";
import { groups } from "./operations.js";
import { type Digests, digestsOf, storedDigests, tablesOf } from "./oracle.js";
import type { Outcome } from "./outcome.js";
import { compare, type Mark } from "./table.js";
import { createWorld, type World } from "./world.js";
import type { Attempt, Writer } from "./writers.js";

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
const here = circumstances.filter((one) => isHere(one) && !(one.notOnPglite && databaseName === "pglite"));
const found = new Map<string, Mark>();
let cells = 0;

/** Performs a write; on a busy machine with more and more time, each time from the seed. */
async function patiently({ reset }: World, write: Attempt): Promise<Outcome> {
  for (let patience = 40; ; patience *= 3) {
    try {
      return await write(patience);
    } catch (error) {
      if (!(error instanceof TooSlow)) throw error;
      await reset();
    }
  }
}

/** What a write does without Digest Sync: its outcome, and the tables after it. */
async function performInTwin(write: Attempt, commits: boolean) {
  try {
    const outcome = await patiently(twin, write);
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
async function performCell(cell: string, write: Attempt, expected: Expected, commits: boolean) {
  try {
    expect(await patiently(world, write), `${cell}: result`).toEqual(expected.outcome);
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

/**
 * Every operation in every circumstance, by every writer, is 3,000 cells and more. The extended client writes all of its
 * own. The others write alone, and in one more circumstance or two that move on from operation to operation, so that
 * all pairs of two of the three are there. `MATRIX=all` performs all cells.
 */
function isChosen(writer: Writer, circumstance: number, operation: number): boolean {
  if (process.env.MATRIX === "all" || writer === world.writers[0] || circumstance === 0) return true;
  const rounds = here.length - 1;
  const turn = (operation + world.writers.indexOf(writer)) % rounds;
  return circumstance - 1 === turn || circumstance - 1 === (turn + Math.floor(rounds / 2)) % rounds;
}

const every = groups.flatMap(({ operations }) => operations);

describe.each(groups)("$name", ({ operations }) => {
  test.for(operations.filter(isHere))("$name", async (operation, { skip }) => {
    const isWritten = world.writers.some((writer) =>
      here.some((circumstance) => writer.write(operation, circumstance)),
    );
    if (!isWritten) skip("The one program that can do it is not on this machine.");
    const before = cells;
    for (const [at, circumstance] of here.entries()) {
      const commits = circumstance.commits && !operation.refused;
      // SQL is the same whoever sends it; Prisma's clients answer more than that it was done.
      const expected = new Map<string, Expected>();
      for (const writer of world.writers) {
        const write = writer.write(operation, circumstance);
        if (write === undefined || !isChosen(writer, at, every.indexOf(operation))) continue;
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
  expect(await world.digests?.audit(), `after ${cells} cells`).toMatchObject({
    ok: true,
    findings: [],
    sums: [],
    unencodable: [],
  });
});

test("docs/writes.md says the same", () => {
  const { current, expected, update } = compare(groups, provider, found);
  if (process.env.UPDATE_DOCS) update();
  else expect(current, "The table is stale: npm run docs:writes").toBe(expected);
});
