import { elementCheck } from "./check.js";
import { mapElement, mapped } from "./mapping.js";
import { messageLimits as limits } from "./message-limits.js";
import { requireDigest, requireRange } from "./range.js";
import { readCells, readStoredCells, writeCells, writeStoredCells } from "./sketch-bytes.js";

/** In the order in which they are stored. */
export const lanes = ["sumHi", "sumLo", "check", "counts"] as const;

/**
 * A prefix of the rateless-IBLT coded symbols ("cells") of a set of digests. Cell i sums, over the elements that map to
 * it, the element (two lanes), its check and 1; every lane is additive mod 2^32, the counts included (read as signed).
 * So sketches are linear: the sketch of a union is the sum, and `minus` leaves only what differs.
 *
 * An element is 8 bytes of a digest read big-endian; which 8, the window says (0 to 3).
 *
 * @example
 * const sketch = Sketch.of(32);
 * for (const digest of digests) sketch.add(digest);
 * const bytes = sketch.toBytes(digests.length);
 */
export class Sketch {
  readonly cells: number;
  readonly sumHi: Uint32Array;
  readonly sumLo: Uint32Array;
  readonly check: Uint32Array;
  readonly counts: Int32Array;

  private constructor(cells: number) {
    this.cells = cells;
    this.sumHi = new Uint32Array(cells);
    this.sumLo = new Uint32Array(cells);
    this.check = new Uint32Array(cells);
    this.counts = new Int32Array(cells);
  }

  /** The sketch of the empty set. Throws RangeError unless there are 0 to `limits.cells` cells. */
  static of(cells: number): Sketch {
    requireRange("cells", cells, limits.cells);
    return new Sketch(cells);
  }

  /** Adds a digest's element (1), or takes it out (-1). */
  add(digest: Uint8Array, window = 0, sign: 1 | -1 = 1): void {
    const at = windowStart(digest, window);
    this.addElement(word(digest, at), word(digest, at + 4), sign);
  }

  /** Takes a digest's element out. */
  subtract(digest: Uint8Array, window = 0): void {
    this.add(digest, window, -1);
  }

  /** Adds (1) or takes out (-1) an element given as its upper and lower 32 bits. */
  addElement(high: number, low: number, sign: 1 | -1): void {
    const { sumHi, sumLo, check, counts } = this;
    const length = mapElement(high, low, this.cells);
    const addHigh = Math.imul(high, sign);
    const addLow = Math.imul(low, sign);
    const addCheck = Math.imul(elementCheck(high, low), sign);
    for (let k = 0; k < length; k++) {
      const cell = mapped[k]!;
      sumHi[cell] = (sumHi[cell]! + addHigh) | 0;
      sumLo[cell] = (sumLo[cell]! + addLow) | 0;
      check[cell] = (check[cell]! + addCheck) | 0;
      counts[cell] = (counts[cell]! + sign) | 0;
    }
  }

  /** Adds everything the other sketch holds. Throws RangeError when it is shorter. */
  merge(other: Sketch): void {
    requireRange("cells", this.cells, other.cells);
    combine(this, this, other, 1);
  }

  /** What this sketch has and the other has not, as long as the shorter of the two: the input of `peel`. */
  minus(other: Sketch): Sketch {
    const result = new Sketch(Math.min(this.cells, other.cells));
    combine(result, this, other, -1);
    return result;
  }

  /** The first cells as a sketch of their own: the cells do not depend on how many follow. */
  prefix(cells: number): Sketch {
    requireRange("cells", cells, this.cells);
    const result = new Sketch(cells);
    for (const lane of lanes) result[lane].set(this[lane].subarray(0, cells));
    return result;
  }

  clone(): Sketch {
    return this.prefix(this.cells);
  }

  /**
   * Whether this can be the sketch of a set of `n` elements: cell 0 counts them all and no cell counts more. A request
   * whose sketch does not fit its own count is refused before any work is done on it.
   */
  fits(n: number): boolean {
    const { counts } = this;
    if (this.cells > 0 && counts[0] !== (n | 0)) return false;
    // Counts are kept mod 2^32: past 2^31 elements a bound on them says nothing.
    if (n > 0x7fff_ffff) return true;
    for (let cell = 1; cell < this.cells; cell++) {
      const count = counts[cell]!;
      if (count < 0 || count > n) return false;
    }
    return true;
  }

  /** The wire form, 13 to 17 bytes a cell; `n` is the number of elements in the set (see PROTOCOL.md). */
  toBytes(n: number): Uint8Array {
    return writeCells(this, n);
  }

  /** The form kept in the database: 16 bytes a cell, independent of the number of elements. */
  toStored(): Uint8Array {
    return writeStoredCells(this);
  }

  /** The inverse of `toStored`. Throws "malformed". */
  static fromStored(bytes: Uint8Array): Sketch {
    return readStoredCells(bytes, Sketch.of);
  }
}

/**
 * The inverse of `Sketch.toBytes` with the same `n`. Beside the class, for clients never read one.
 *
 * @throws DigestSyncError "invalid-message" on anything `toBytes` does not write
 * @example
 * sketchFromBytes(request.sketch, request.count).fits(request.count)
 */
export function sketchFromBytes(bytes: Uint8Array, n: number): Sketch {
  return readCells(bytes, n, Sketch.of);
}

/** Lane by lane: `result` = `a` + `sign` * `b`, as far as `result` goes. */
function combine(result: Sketch, a: Sketch, b: Sketch, sign: 1 | -1): void {
  for (const lane of lanes) {
    for (let cell = 0; cell < result.cells; cell++) result[lane][cell] = (a[lane][cell]! + sign * b[lane][cell]!) | 0;
  }
}

function windowStart(digest: Uint8Array, window: number): number {
  requireDigest(digest);
  requireRange("window", window, 3);
  return window * 8;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
