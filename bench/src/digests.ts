import { sha256 } from "@digest-sync/core";

/** Digests of nothing in particular; as many as are asked for, the same ones every time. */
export function someDigests(count: number, first = 0): Uint8Array[] {
  const input = new Uint8Array(8);
  const view = new DataView(input.buffer);
  return Array.from({ length: count }, (_, index) => {
    view.setUint32(4, first + index);
    return sha256(input);
  });
}
