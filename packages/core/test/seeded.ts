import { createHash } from "node:crypto";

/** A generator of 32-bit numbers that yields the same sequence on every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** The digest the test vectors number: SHA-256 of the number's decimal text. */
export function digestOf(number: number): Uint8Array {
  return new Uint8Array(createHash("sha256").update(String(number)).digest());
}

/** The digests of the numbers from `from` up to, not including, `to`. */
export function digestsOf(from: number, to: number): Uint8Array[] {
  return Array.from({ length: to - from }, (_, index) => digestOf(from + index));
}
