import { limits } from "./limits.js";
import type { Sketch } from "./sketch.js";

/**
 * Cells needed per difference in the limit of many: 1.35 (arXiv 2402.02668, section 5), and a little for few.
 */
const CELLS_PER_DIFFERENCE = 1.36;
/** From 31 counts the estimate is below half the truth about once in a hundred times. */
const SAFETY = 2.0;
/** What the smallest differences need beyond their share: 7 cells for one at the 99th percentile, 20 for three. */
const EXTRA_CELLS = 16;
/** A sketch of fewer cells saves no bytes worth a second request. */
export const FEWEST_CELLS = 32;

/**
 * Estimates the number of differing elements from a sketch that is too short to be peeled: the counts alone tell.
 * With d differences, cell i counts their signs with variance d * rho(i) * (1 - rho(i)) around `net` * rho(i), so the
 * squared distances, each divided by its share, average to d.
 *
 * @param difference A minus B
 * @param net the number of elements of A minus that of B; the answer is at least its absolute value
 */
export function estimateDifference(difference: Sketch, net: number): number {
  let sum = 0;
  for (let cell = 1; cell < difference.cells; cell++) {
    const rho = 2 / (cell + 2);
    const distance = difference.counts[cell]! - net * rho;
    sum += (distance * distance) / (rho * (1 - rho));
  }
  const estimate = difference.cells > 1 ? sum / (difference.cells - 1) : 0;
  return Math.max(estimate, Math.abs(net));
}

/** How many cells to ask for after `difference` could not be peeled. */
export function nextCells(difference: Sketch, net: number): number {
  const wanted = Math.ceil(SAFETY * CELLS_PER_DIFFERENCE * estimateDifference(difference, net) + EXTRA_CELLS);
  return Math.min(limits.cells, Math.max(FEWEST_CELLS, wanted));
}
