import { digestElement, type Window } from "@digest-sync/core";
import type { LocalSet } from "./local-set.js";
import { everyPage, type HeldDigest, type RowAddress, type StoredRow } from "./store.js";

/** The rows held at these addresses. */
export async function heldAt(set: LocalSet, addresses: readonly RowAddress[]): Promise<readonly StoredRow[]> {
  const keys = new Map<string, string[]>();
  for (const { collection, key } of addresses) {
    const known = keys.get(collection);
    if (known === undefined) keys.set(collection, [key]);
    else known.push(key);
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
  const wanted = new Set<bigint>();
  for (let at = 0; at < elements.length; at += 8) wanted.add(elementNumber(elements.subarray(at, at + 8)));
  const held: HeldDigest[] = [];
  for (const collection of set.view.active) {
    for await (const page of everyPage(set.store.digests, collection)) {
      for (const row of page) if (wanted.has(elementNumber(digestElement(row.digest, window)))) held.push(row);
    }
  }
  return held;
}

function elementNumber(element: Uint8Array): bigint {
  return new DataView(element.buffer, element.byteOffset, 8).getBigUint64(0);
}
