import { viewOf } from "@digest-sync/core";

/** The element, 8 bytes, that stands there. */
export function elementAt(bytes: Uint8Array, at: number): bigint {
  return viewOf(bytes).getBigUint64(at);
}

/** The elements of a list. */
export function elementSet(elements: Uint8Array): ReadonlySet<bigint> {
  const found = new Set<bigint>();
  for (let at = 0; at < elements.length; at += 8) found.add(elementAt(elements, at));
  return found;
}
