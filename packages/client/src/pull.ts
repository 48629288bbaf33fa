import { compareKeys, type Page, type Position, PROTOCOL, type PullAnswer } from "@digest-sync/core";
import { badAnswer } from "./bad-answer.js";
import type { LocalSet } from "./local-set.js";
import { netChange } from "./net-change.js";
import { open } from "./open.js";
import { receiveRows } from "./receive.js";
import { everyPage, type HeldDigest, type RowAddress } from "./store.js";
import type { SyncRun } from "./sync-run.js";

/**
 * Pulls everything, page by page. Each page is complete for its range of keys, so local rows of the range that are not
 * in it go. The position is saved with the page's rows: after a crash the next run goes on where this one ended.
 * That nothing changed behind the position meanwhile, only a verification can tell; one follows in any case.
 */
export async function pullEverything(run: SyncRun): Promise<"done" | "manifest-changed"> {
  const { set } = run;
  const ask = async (after: Position | undefined): Promise<PullAnswer> => {
    const { algorithm, fingerprint, named } = set.view;
    return run.connection.pull({
      protocol: PROTOCOL,
      algorithm,
      manifest: fingerprint,
      collections: named,
      after,
    });
  };
  // A position survives a change of page size or server, not one of what is held: `adopt` forgets it.
  let { after, rows } = set.state.pull ?? { after: undefined, rows: 0 };
  let asked = ask(after);
  try {
    for (;;) {
      const answer = await asked;
      if (answer.type === "manifest-changed") return "manifest-changed";
      const { next } = answer;
      if (next !== undefined && after !== undefined && comparePositions(next, after) <= 0) {
        throw badAnswer("the server's page does not go forward");
      }
      // The next page is on its way while this one is hashed and stored.
      if (next !== undefined) {
        asked = ask(next);
        asked.catch(() => {});
      }
      const { change, received } = await changeOfPage(set, answer, after);
      rows += received;
      if (!(await set.commit(change, { pull: next && { after: next, rows } }))) {
        // Another client of this store was first: go on from where it got to.
        await open(set);
        if (set.state.pull === undefined) return "done";
        ({ after, rows } = set.state.pull);
        asked = ask(after);
        continue;
      }
      run.applied(change);
      run.progress("bulk", rows, answer.count);
      if (next === undefined) return "done";
      after = next;
    }
  } finally {
    // Whoever throws has no use for the page that is on its way; but no request outlives its run.
    await asked.catch(() => {});
  }
}

async function changeOfPage(set: LocalSet, page: Page, after: Position | undefined) {
  const { next } = page;
  const received = await receiveRows(page.rows, set.view);
  for (const row of received) {
    if (isWithin(row, after, next)) continue;
    throw badAnswer(`the server sent a row of ${row.collection} that lies outside its page`, row);
  }
  const held = await heldWithin(set, after, next);
  const keys = new Set(received.map(({ collection, key }) => `${collection}/${key}`));
  const stale = held.filter(({ collection, key }) => !keys.has(`${collection}/${key}`));
  return { change: netChange(stale, held, received), received: received.length };
}

/** Local rows after one position up to and including another. */
async function heldWithin(
  set: LocalSet,
  after: Position | undefined,
  upTo: Position | undefined,
): Promise<readonly HeldDigest[]> {
  const held: HeldDigest[] = [];
  for (const collection of set.view.active) {
    if (after !== undefined && compareKeys(collection, after.collection) < 0) continue;
    if (upTo !== undefined && compareKeys(collection, upTo.collection) > 0) break;
    const from = after?.collection === collection ? (after.key ?? null) : null;
    for await (const page of everyPage(set.store.digests, collection, from)) {
      const within = page.filter((row) => isWithin(row, after, upTo));
      held.push(...within);
      if (within.length < page.length) break;
    }
  }
  return held;
}

function isWithin(row: RowAddress, after: Position | undefined, upTo: Position | undefined): boolean {
  return (
    (after === undefined || comparePositions(row, after) > 0) &&
    (upTo === undefined || comparePositions(row, upTo) <= 0)
  );
}

/** The order of a pull: collections by name, then keys, both by UTF-8 bytes; no key comes before the first. */
function comparePositions(a: Position, b: Position): number {
  const order = compareKeys(a.collection, b.collection);
  if (order !== 0 || a.key === b.key) return order;
  if (a.key === undefined) return -1;
  return b.key === undefined ? 1 : compareKeys(a.key, b.key);
}
