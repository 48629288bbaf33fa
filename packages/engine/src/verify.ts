import {
  type Changes,
  DigestSyncError,
  equalBytes,
  estimateDifference,
  limits,
  lowCounts,
  nextCells,
  peel,
  Sketch,
  sketchFromBytes,
  type VerifyAnswer,
  type VerifyRequest,
  type Window,
} from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { SettleContext } from "./context.js";
import type { DigestRow, ScopeSum } from "./dialect.js";
import { type Located, locate } from "./elements.js";
import { eachRow, matches, RowBudget, scopesOf } from "./found.js";
import { grantedScopes } from "./grant.js";
import type { DatabaseManifest } from "./manifest.js";
import { negotiate } from "./negotiate.js";
import { readDigests } from "./packed.js";
import { breathe } from "./pages.js";
import type { SettleResult } from "./plan.js";
import type { Scope, ScopeRef } from "./scope.js";
import type { Sketches } from "./sketches.js";
import { type Summary, summarize } from "./summary.js";
import { grantName, type Turns } from "./turns.js";

export interface VerifyContext extends SettleContext {
  readonly manifest: DatabaseManifest;
  readonly sketches: Sketches;
  readonly turns: Turns;
  onSettled(result: SettleResult): void;
}

/** Below this many rows an empty client gets everything in the first answer. */
const fewRows = 1_000;
/** Differences that are always worth a sketch, however small the set. */
const fewDifferences = 64;
/** From so many cells on, a better guess of how many are needed saves more than the 512 bytes it takes. */
const worthCounts = 256;
/** Rows written while the answer is put together: settle and compare again, so that a busy scope converges too. */
const attempts = 3;

/**
 * Compares what a client holds with the scopes it is granted, and names exactly the rows to put and to drop.
 *
 * @throws DigestSyncError `scope-missing`, `settling`, `not-installed`, `invalid-message`.
 */
export async function verify(context: VerifyContext, request: VerifyRequest, scope: Scope): Promise<VerifyAnswer> {
  const base = request.root;
  const agreed = negotiate(context, request);
  if ("type" in agreed) return { ...agreed, base };
  const scopes = await grantedScopes(context, agreed.collections, scope);
  const client = request.sketch && sketchFromBytes(request.sketch, request.count);
  if (client && (client.cells === 0 || !client.fits(request.count))) {
    throw new DigestSyncError("invalid-message", "The sketch's cells do not count the rows that the request says.");
  }

  let answer: VerifyAnswer | null = null;
  let before: Uint8Array | undefined;
  for (let attempt = 1; answer === null; attempt++) {
    const summary = await summarize(context, agreed.collections, scopes, context.onSettled);
    const incomplete = summary.incomplete > 0 ? { incomplete: summary.incomplete } : {};
    if (summary.count === request.count && equalBytes(summary.root, base))
      return { type: "in-sync", base, ...incomplete };
    // A database in this process answers at once: without a pause an attempt, or two, would be one stretch.
    await breathe();
    // The same root again: nobody wrote, and another attempt would end as this one.
    const isLast = attempt === attempts || (before !== undefined && equalBytes(summary.root, before));
    before = summary.root;
    answer = await context.turns.take(grantName(scopes), () =>
      client
        ? compare(context, request, client, scopes, summary, isLast)
        : withoutSketch(context, request, scopes, summary),
    );
    if (answer?.type === "changes") answer = { ...answer, ...incomplete };
  }
  return answer;
}

/** When more than half differs, paging through everything costs less than naming it. */
const isBulk = (differences: number, { count }: Summary) => differences > Math.max(fewDifferences, count / 2);

async function withoutSketch(
  context: VerifyContext,
  { root: base, count }: VerifyRequest,
  scopes: readonly ScopeRef[],
  summary: Summary,
): Promise<VerifyAnswer | null> {
  const bulk = { type: "bulk", base, count: summary.count } as const;
  if (count === 0) {
    if (summary.count > fewRows) return bulk;
    const found = new Map<string, DigestRow[]>();
    for (const [collection, ids] of idsByCollection(summary.scopes)) {
      const page = context.dialect.digestPage(ids, null, 2 * fewRows);
      found.set(collection, await readDigests(context.database, page));
    }
    const located = { digests: found, isMissing: false, isCut: false };
    return (await changes(context, base, scopes, located, new Uint8Array(0), 0, summary, true)) ?? bulk;
  }
  const net = Math.abs(summary.count - count);
  if (isBulk(net, summary)) return bulk;
  const empty = Sketch.of(0);
  const cells = nextCells(empty, net);
  return cells >= limits.cells ? bulk : { type: "longer-sketch", base, cells };
}

async function compare(
  context: VerifyContext,
  request: VerifyRequest,
  client: Sketch,
  scopes: readonly ScopeRef[],
  summary: Summary,
  lastAttempt: boolean,
): Promise<VerifyAnswer | null> {
  const base = request.root;
  const window = request.window ?? 0;
  const bulk = { type: "bulk", base, count: summary.count } as const;
  const server = await context.sketches.sum(summary.scopes, client.cells, window);
  await breathe();
  const difference = server.minus(client);
  const peeled = peel(difference);
  await breathe();
  const nextWindow: VerifyAnswer =
    window === 3 ? bulk : { type: "longer-sketch", base, cells: client.cells, window: (window + 1) as Window };

  if (peeled === null) {
    const net = summary.count - request.count;
    const cells = nextCells(difference, net);
    const estimate = estimateDifference(difference, net);
    // More than the longest sketch can name, or so much that paging costs less.
    if (estimate > limits.cells / 1.36 || (cells > client.cells && isBulk(estimate, summary))) return bulk;
    if (cells <= client.cells) return nextWindow;
    const wish = { type: "longer-sketch", base, cells, ...(window > 0 && { window }) } as const;
    if (cells < worthCounts || client.cells >= limits.storedCells) return wish;
    const known = await context.sketches.sum(summary.scopes, limits.storedCells, window);
    return { ...wish, count: summary.count, counts: lowCounts(known) };
  }
  // Unequal roots and no difference: two digests with equal elements, one on each side.
  if (peeled.onlyA.length + peeled.onlyB.length === 0) return lastAttempt ? nextWindow : null;
  const located = await locate(context, summary.scopes, peeled.onlyA, window);
  if (located.isMissing && !lastAttempt) return null;
  // Some are there: a busy scope in which digests go while they are looked for. Whatever is sent is progress.
  if (located.isMissing && located.digests.size === 0) return nextWindow;
  const answer = await changes(context, base, scopes, located, peeled.onlyB, window, summary, lastAttempt);
  const isEmpty = answer !== null && answer.stale.length === 0 && Object.keys(answer.rows).length === 0;
  return isEmpty && answer.more ? nextWindow : answer;
}

/** Ids of the scopes that have rows. */
function idsByCollection(scopes: readonly ScopeSum[]): Map<string, ScopeSum["id"][]> {
  const ids = new Map<string, ScopeSum["id"][]>();
  for (const { id, collection, count } of scopes)
    if (Number(count) > 0) ids.set(collection, [...(ids.get(collection) ?? []), id]);
  return ids;
}

/** Reads and encodes the rows; null when one of them was written since its digest was stored. */
async function changes(
  context: VerifyContext,
  base: Uint8Array,
  scopes: readonly ScopeRef[],
  { digests: found, isMissing, isCut }: Located,
  stale: Uint8Array,
  window: Window,
  summary: Summary,
  lastAttempt: boolean,
): Promise<Changes | null> {
  const budget = new RowBudget();
  let cut = isCut || isMissing;
  let isFull = false;
  let outdated = false;
  for (const [name, digests] of found) {
    if (isFull) continue;
    const source = context.collections.get(name) as CompiledCollection;
    await eachRow(context, source, scopesOf(source.collection, scopes), digests, (stored, encoding) => {
      if (matches(source, stored, encoding)) isFull = !budget.add(name, encoding);
      else outdated = true;
      return !isFull && (lastAttempt || !outdated);
    });
    cut ||= isFull;
    if (outdated && !lastAttempt) return null;
  }
  return {
    type: "changes",
    base,
    rows: budget.rows,
    stale,
    ...(window > 0 && { window }),
    count: summary.count,
    root: summary.root,
    ...(cut ? { more: true as const } : {}),
  };
}
