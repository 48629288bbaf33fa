import type { Window } from "@digest-sync/core";
import { elementAt, elementSet } from "./elements.js";
import type { LocalSet } from "./local-set.js";
import { everyPage, type HeldDigest, type RowAddress, type StoredRow } from "./store.js";

/** The rows held at these addresses. */
export async function heldAt(set: LocalSet, addresses: readonly RowAddress[]): Promise<readonly StoredRow[]> {
  const keys = new Map<string, string[]>();
  for (const { collection, key } of addresses) {
    const known = keys.get(collection) ?? [];
    known.push(key);
    keys.set(collection, known);
  }
  const held: StoredRow[] = [];
  for (const [collection, wanted] of keys) {
    for (const row of await set.store.get(collection, wanted)) held.push(row);
  }
  return held;
}

/**
 * The rows held that a list of stale elements means. Eight bytes may fit several rows: then all of them are meant, the
 * root differs afterwards, and the next round brings back what was right.
 */
export async function heldWithElements(
  set: LocalSet,
  elements: Uint8Array,
  window: Window,
): Promise<readonly HeldDigest[]> {
  if (elements.length === 0) return [];
  if (window === 0) return (await set.store.find(elements)).filter(({ collection }) => set.view.isActive(collection));
  // Stores index the first eight bytes of a digest only: other windows are for sets that were crafted against the first.
  const wanted = elementSet(elements);
  const held: HeldDigest[] = [];
  for (const collection of set.view.active) {
    for await (const page of everyPage(set.store.digests, collection)) {
      for (const row of page) if (wanted.has(elementAt(row.digest, 8 * window))) held.push(row);
    }
  }
  return held;
}
