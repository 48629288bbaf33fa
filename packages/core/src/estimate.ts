import { viewOf } from "./bytes.js";
import { messageLimits as limits } from "./message-limits.js";
import { Sketch } from "./sketch.js";

/** Cells needed per difference when there are many: 1.35 in the limit (arXiv 2402.02668). */
const CELLS_PER_DIFFERENCE = 1.36;
/**
 * How far the estimate may lie below the truth: from 32 cells it is less than half about once in a hundred times, from
 * 256 cells four fifths.
 */
const safety = (cells: number) => (cells < limits.storedCells ? 2.0 : 1.35);
/** What the smallest differences need beyond their share: 7 cells for one at the 99th percentile, 20 for three. */
const EXTRA_CELLS = 16;
/** A sketch of fewer cells saves no bytes worth a second request. */
export const FEWEST_CELLS = 32;

/**
 * Estimates the number of differing elements from a sketch that is too short to be peeled. The counts alone tell: with
 * d differences, of which `net` more in A than in B, cell i counts net * p(i) on average, with variance
 * d * p(i) * (1 - p(i)), so the squared distances, each divided by its share, average to d.
 *
 * p(i) is the exact probability that the mapping puts an element into cell i. rho(i) = 1 / (1 + i / 2) is close to it,
 * but 4% off in cell 1, and with some thousand differences all on one side that bias alone doubles the estimate.
 *
 * @param difference A minus B
 * @param net the number of elements of A minus that of B; the answer is at least its absolute value
 */
export function estimateDifference(difference: Sketch, net: number): number {
  let sum = 0;
  // From cell i the next index is at least j with probability ((i + 1.5) / (j + 0.5))^2: see the formula in mapping.ts.
  // So p(j) = sum over i < j of p(i) (i + 1.5)^2, times (1 / (j + 0.5)^2 - 1 / (j + 1.5)^2).
  let weight = 1.5 * 1.5;
  for (let cell = 1; cell < difference.cells; cell++) {
    const next = cell + 1.5;
    const probability = weight * (1 / ((cell + 0.5) * (cell + 0.5)) - 1 / (next * next));
    weight += probability * next * next;
    const distance = difference.counts[cell]! - net * probability;
    sum += (distance * distance) / (probability * (1 - probability));
  }
  const estimate = difference.cells > 1 ? sum / (difference.cells - 1) : 0;
  return Math.max(estimate, Math.abs(net));
}

/** How many cells do for what `difference` lets estimate, in 99 of 100 cases. */
function wantedCells(difference: Sketch, net: number): number {
  const share = safety(difference.cells) * CELLS_PER_DIFFERENCE * estimateDifference(difference, net);
  return Math.min(limits.cells, Math.max(FEWEST_CELLS, Math.ceil(share + EXTRA_CELLS)));
}

/**
 * How many cells to ask for after `difference` could not be peeled. No more than `difference` has: a longer sketch will
 * not help (the cap is reached, or two elements are equal, or crafted), so try the next window.
 */
export function nextCells(difference: Sketch, net: number): number {
  const wanted = wantedCells(difference, net);
  if (wanted > difference.cells) {
    // Half as many again at least: a request for less would be wasted if it failed as well.
    return Math.min(limits.cells, Math.max(wanted, Math.ceil(1.5 * difference.cells)));
  }
  // As many as that should have done. A few differences sometimes need more; far beyond, something else is wrong.
  const ample = wanted + 2 * FEWEST_CELLS;
  return difference.cells < ample ? Math.min(limits.cells, 2 * difference.cells) : difference.cells;
}

/**
 * The counts of a sketch's cells mod 2^16, 2 bytes each, big-endian: enough to tell by how much two sketches differ, as
 * long as no cell differs by 2^15.
 */
export function lowCounts({ cells, counts }: Sketch): Uint8Array {
  const bytes = new Uint8Array(cells * 2);
  const view = new DataView(bytes.buffer);
  for (let cell = 0; cell < cells; cell++) view.setUint16(cell * 2, counts[cell]! & 0xffff);
  return bytes;
}

/**
 * How many cells will do, by the counts that the other side sent with its wish for a longer sketch.
 *
 * @param own a sketch of as many cells as there are counts
 * @param counts `lowCounts` of the other side's sketch
 * @param net the number of the other side's elements minus one's own
 */
export function cellsByCounts(own: Sketch, counts: Uint8Array, net: number): number {
  const difference = Sketch.of(own.cells);
  const view = viewOf(counts);
  for (let cell = 0; cell < own.cells; cell++) {
    difference.counts[cell] = ((view.getUint16(cell * 2) - own.counts[cell]!) << 16) >> 16;
  }
  return wantedCells(difference, net);
}
