import { equalBytes } from "@digest-sync/core";
import type { HeldDigest, RowAddress, StoredRow } from "./store.js";

/** What a change does to the set of digests. A row that is replaced is in both lists. */
export interface NetChange {
  readonly removed: readonly HeldDigest[];
  readonly added: readonly StoredRow[];
  /** The addresses of `removed` that are not in `added`. */
  readonly deletes: readonly RowAddress[];
}

export const NO_CHANGE: NetChange = { removed: [], added: [], deletes: [] };

/**
 * Nets an answer against what is held: stale rows go, received rows come, and a row that is there already stays.
 *
 * @param stale rows held that the server does not have
 * @param held rows held at the addresses of `received`; others may be among them
 * @param received no address twice
 */
export function netChange(
  stale: readonly HeldDigest[],
  held: readonly HeldDigest[],
  received: readonly StoredRow[],
): NetChange {
  const present = new Map([...held, ...stale].map((row) => [addressText(row), row]));
  const leaving = new Map(stale.map((row) => [addressText(row), row]));
  const removed: HeldDigest[] = [];
  const added: StoredRow[] = [];
  for (const row of received) {
    const address = addressText(row);
    const before = present.get(address);
    leaving.delete(address);
    if (before !== undefined) {
      if (equalBytes(before.digest, row.digest)) continue;
      removed.push(before);
    }
    added.push(row);
  }
  const deletes = [...leaving.values()];
  return { removed: [...removed, ...deletes], added, deletes };
}

/** Names of collections have no slash. */
function addressText({ collection, key }: RowAddress): string {
  return `${collection}/${key}`;
}
