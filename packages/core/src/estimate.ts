import { limits } from "./limits.js";
import type { Sketch } from "./sketch.js";

/** Cells needed per difference when there are many: 1.35 in the limit (arXiv 2402.02668). */
const CELLS_PER_DIFFERENCE = 1.36;
/** From 32 cells the estimate is below half the truth about once in a hundred times. */
const SAFETY = 2.0;
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

/**
 * How many cells to ask for after `difference` could not be peeled: from 32 cells, the answer suffices in 99 of 100
 * cases. No more than `difference` has: a longer sketch will not help (the cap is reached, or two elements are equal,
 * or crafted), so try the next window.
 */
export function nextCells(difference: Sketch, net: number): number {
  const estimate = estimateDifference(difference, net);
  const wanted = Math.max(FEWEST_CELLS, Math.ceil(SAFETY * CELLS_PER_DIFFERENCE * estimate + EXTRA_CELLS));
  if (wanted > difference.cells) {
    // Half as many again at least: a request for less would be wasted if it failed as well.
    return Math.min(limits.cells, Math.max(wanted, Math.ceil(1.5 * difference.cells)));
  }
  // As many as that should have done. A few differences sometimes need more; far beyond, something else is wrong.
  const ample = wanted + 2 * FEWEST_CELLS;
  return difference.cells < ample ? Math.min(limits.cells, 2 * difference.cells) : difference.cells;
}
