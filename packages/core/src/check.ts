/**
 * The check of an element: 32 bits, so that a cell whose sum is not one single element passes for one with
 * probability 2^-32. Two rounds of MurmurHash3's 32-bit finaliser (Appleby, public domain), the upper half first:
 *
 *     check(high, low) = mix(mix(high ^ 0x9e3779b9) + low mod 2^32)
 *     mix(h): h ^= h >>> 16; h *= 0x85ebca6b; h ^= h >>> 13; h *= 0xc2b2ae35; h ^= h >>> 16   (mod 2^32)
 *
 * It needs to be far from linear, not to be secret: whoever crafts cells is stopped by `peel`, not by this.
 * Returned as a signed 32-bit integer.
 */
export function elementCheck(high: number, low: number): number {
  let h = high ^ 0x9e3779b9;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = ((h ^ (h >>> 16)) + low) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
