import { messageLimits as limits } from "./message-limits.js";

/**
 * The index mapping of the rateless IBLT: Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM 2024,
 * arXiv 2402.02668. Every element is in cell 0; cell i holds it with probability rho(i) = 1 / (1 + i / 2),
 * and the gaps are sampled directly, so an element costs about 2 ln(cells) steps instead of one per cell.
 *
 * Client and server must agree on every index, so the arithmetic is exact IEEE 754 in a fixed order:
 *
 *     i = 0, r = the element's 64 bits
 *     next: r = r * 0xda942042e4dd58b5 mod 2^64
 *           i = i + max(1, ceil((i + 1.5) * (2^32 / sqrt(double(r) + 1) - 1)))
 *
 * double(r) is the double nearest to r. For r near 2^64 the formula yields 0, hence the max.
 */

/** The multiplier 0xda942042e4dd58b5 of the paper's implementation, in the pieces that 32-bit arithmetic needs. */
const MULTIPLIER_HIGH = 0xda942042 | 0;
const MULTIPLIER_LOW = 0xe4dd58b5 | 0;
const MULTIPLIER_LOW_UPPER = 0xe4dd;
const MULTIPLIER_LOW_LOWER = 0x58b5;

/**
 * Where `mapElement` leaves its result. One buffer for all: the hot path allocates nothing, and no caller yields
 * between the call and the reading. As long as a sketch may be, for no element has more indices than cells.
 */
export const mapped = new Int32Array(limits.cells);

/**
 * Writes the indices below `cells` of the element (`high`, `low`: its 64 bits) to `mapped`, ascending, and returns how
 * many there are. `cells` is at most `limits.cells`.
 */
export function mapElement(high: number, low: number, cells: number): number {
  let index = 0;
  let length = 0;
  while (index < cells) {
    mapped[length++] = index;
    // r * multiplier mod 2^64. Only the upper half of low * MULTIPLIER_LOW needs care: Math.imul drops it.
    const lower = low & 0xffff;
    const upper = low >>> 16;
    const crossLow = Math.imul(upper, MULTIPLIER_LOW_LOWER);
    const crossHigh = Math.imul(lower, MULTIPLIER_LOW_UPPER);
    const carry = (Math.imul(lower, MULTIPLIER_LOW_LOWER) >>> 16) + (crossLow & 0xffff) + (crossHigh & 0xffff);
    const overflow = Math.imul(upper, MULTIPLIER_LOW_UPPER) + (crossLow >>> 16) + (crossHigh >>> 16) + (carry >>> 16);
    high = (overflow + Math.imul(low, MULTIPLIER_HIGH) + Math.imul(high, MULTIPLIER_LOW)) | 0;
    low = Math.imul(low, MULTIPLIER_LOW);

    const state = (high >>> 0) * 4294967296 + (low >>> 0);
    index += Math.max(1, Math.ceil((index + 1.5) * (4294967296 / Math.sqrt(state + 1) - 1)));
  }
  return length;
}
