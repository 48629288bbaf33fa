import { elementCheck } from "./check.js";
import { mapElement, mapped } from "./mapping.js";
import type { Sketch } from "./sketch.js";

/** The elements of a symmetric difference: 8 bytes each, concatenated, in no particular order. */
export interface Difference {
  readonly onlyA: Uint8Array;
  readonly onlyB: Uint8Array;
}

export interface PeelOptions {
  /** Give up past this many elements. Default: the number of cells, which is a bound in any case. */
  readonly maxElements?: number;
  /** Give up past this many cell visits. Default: 32 a cell. */
  readonly maxVisits?: number;
}

/** Found with a single element, and queued: no cell is so twice. */
const QUEUED = 1;
/** Has yielded its element. */
const DRAINED = 2;

/**
 * Honest differences take at most 16 visits a cell: three elements for four cells, and about 2 ln(cells) indices for
 * each. Elements ground to have several times as many would otherwise set the cost.
 */
const VISITS_PER_CELL = 32;

/**
 * Why there is no result: more elements than the cells can tell; cells that no two sets differ by (or, rarely, equal
 * elements), which more cells will not mend; or more work than was allowed.
 */
export type PeelFailure = "too-short" | "inconsistent" | "too-much";

/**
 * Recovers the elements that only A and only B hold from `A.minus(B)`, or null when the sketch is too short for them or
 * is not the difference of two sets.
 *
 * @example
 * const difference = peel(mine.minus(theirs));
 * if (difference !== null) send(difference.onlyA);
 */
export function peel(difference: Sketch, options: PeelOptions = {}): Difference | null {
  const result = tryPeel(difference, options);
  return typeof result === "string" ? null : result;
}

/**
 * `peel`, saying why not. A cell that holds a single element (count 1 or -1, check matching) yields it; the element is
 * taken out of its other cells, which leaves further cells with a single element. Success is every cell zero.
 *
 * Cells come from outside and may be crafted. The bound rests on one fact about honest differences: a cell that has
 * yielded its element is empty for good. So a cell yields once, and taking an element out of a cell that has already
 * yielded proves the cells inconsistent. Since an element must lie in the cell that yields it, this also refuses an
 * element that is recovered twice. Hence at most `cells` elements, and no more than `maxVisits` visits.
 *
 * That the result is right is not promised: apply it, and compare the root.
 */
export function tryPeel(difference: Sketch, options: PeelOptions = {}): Difference | PeelFailure {
  const { cells } = difference;
  const maxElements = Math.min(options.maxElements ?? cells, cells);
  // The four lanes of a cell side by side: one cache line a visit instead of four.
  const lanes = new Int32Array(cells * 4);
  const marks = new Uint8Array(cells);
  const queue = new Int32Array(cells);
  let queued = 0;
  for (let cell = 0, at = 0; cell < cells; cell++, at += 4) {
    lanes[at] = difference.sumHi[cell]!;
    lanes[at + 1] = difference.sumLo[cell]!;
    lanes[at + 2] = difference.check[cell]!;
    lanes[at + 3] = difference.counts[cell]!;
    if (isPure(lanes, at)) {
      marks[cell] = QUEUED;
      queue[queued++] = cell;
    }
  }

  const found = new Int32Array(maxElements * 3);
  let elements = 0;
  let inA = 0;
  let visits = options.maxVisits ?? cells * VISITS_PER_CELL;
  while (queued > 0) {
    const source = queue[--queued]!;
    // Its element may have come out of another cell since.
    if (!isPure(lanes, source * 4)) continue;
    if (elements === maxElements) return "too-much";
    const sumHigh = lanes[source * 4]!;
    const sumLow = lanes[source * 4 + 1]!;
    const sumCheck = lanes[source * 4 + 2]!;
    const count = lanes[source * 4 + 3]!;
    const high = Math.imul(sumHigh, count);
    const low = Math.imul(sumLow, count);
    found[elements * 3] = high;
    found[elements * 3 + 1] = low;
    found[elements * 3 + 2] = count;
    elements += 1;
    if (count === 1) inA += 1;

    const length = mapElement(high, low, cells);
    visits -= length;
    if (visits < 0) return "too-much";
    for (let k = 0; k < length; k++) {
      const cell = mapped[k]!;
      if (marks[cell] === DRAINED) return "inconsistent";
      const at = cell * 4;
      lanes[at] = (lanes[at]! - sumHigh) | 0;
      lanes[at + 1] = (lanes[at + 1]! - sumLow) | 0;
      lanes[at + 2] = (lanes[at + 2]! - sumCheck) | 0;
      lanes[at + 3] = (lanes[at + 3]! - count) | 0;
      if (cell === source) {
        marks[cell] = DRAINED;
      } else if (marks[cell] === 0 && isPure(lanes, at)) {
        marks[cell] = QUEUED;
        queue[queued++] = cell;
      }
    }
    // The cell is not in the mapping of its element: no set of elements sums to it.
    if (marks[source] !== DRAINED) return "inconsistent";
  }
  for (let at = 0; at < lanes.length; at++) if (lanes[at] !== 0) return "too-short";
  return pack(found, elements, inA);
}

/** Whether the cell holds one single element: count 1 or -1, and the check of the sum is the sum of the checks. */
function isPure(lanes: Int32Array, at: number): boolean {
  const count = lanes[at + 3]!;
  if (count !== 1 && count !== -1) return false;
  const check = elementCheck(Math.imul(lanes[at]!, count), Math.imul(lanes[at + 1]!, count));
  return check === Math.imul(lanes[at + 2]!, count);
}

/** `found` holds upper bits, lower bits and side (1: A) of each element. */
function pack(found: Int32Array, elements: number, inA: number): Difference {
  const onlyA = new Uint8Array(inA * 8);
  const onlyB = new Uint8Array((elements - inA) * 8);
  const viewA = new DataView(onlyA.buffer);
  const viewB = new DataView(onlyB.buffer);
  let atA = 0;
  let atB = 0;
  for (let at = 0; at < elements * 3; at += 3) {
    const isA = found[at + 2] === 1;
    const view = isA ? viewA : viewB;
    const to = isA ? atA : atB;
    view.setInt32(to, found[at]!);
    view.setInt32(to + 4, found[at + 1]!);
    if (isA) atA += 8;
    else atB += 8;
  }
  return { onlyA, onlyB };
}
