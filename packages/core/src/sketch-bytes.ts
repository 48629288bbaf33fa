import { viewOf } from "./bytes.js";
import { DigestSyncError } from "./errors.js";
import { messageLimits as limits } from "./message-limits.js";
import { requireRange } from "./range.js";
import { lanes, type Sketch } from "./sketch.js";

/** Bytes of a cell in the database: four 32-bit integers. */
const STORED_BYTES = 16;
/** Bytes of sum and check on the wire; a varint of 1 to 5 bytes follows. */
const FIXED_BYTES = 12;
const VARINT_BYTES = 5;

/**
 * What cell `index` of a set of `n` elements counts on average, n * rho(index), rounded half up. The wire carries only
 * the distance from it, which usually takes one or two bytes. Written as floor((4n + index + 2) / (2 index + 4)) it is
 * the same integer in every language; the detour over the remainder keeps it below 2^53 for every safe `n`.
 */
export function expectedCount(n: number, index: number): number {
  const divisor = 2 * index + 4;
  const remainder = n % divisor;
  return ((n - remainder) / divisor) * 4 + Math.floor((4 * remainder + index + 2) / divisor);
}

/** The wire form: per cell the sum (8 bytes), the check (4), and the zigzag varint of count - expectedCount. */
export function writeCells(sketch: Sketch, n: number): Uint8Array {
  requireRange("n", n, Number.MAX_SAFE_INTEGER);
  const bytes = new Uint8Array(sketch.cells * (FIXED_BYTES + VARINT_BYTES));
  const view = viewOf(bytes);
  let at = 0;
  for (let cell = 0; cell < sketch.cells; cell++) {
    view.setUint32(at, sketch.sumHi[cell]!);
    view.setUint32(at + 4, sketch.sumLo[cell]!);
    view.setUint32(at + 8, sketch.check[cell]!);
    at += FIXED_BYTES;
    // Counts are mod 2^32, and so is the distance: at most five bytes, whatever n is.
    const distance = (sketch.counts[cell]! - (expectedCount(n, cell) | 0)) | 0;
    let zigzag = ((distance << 1) ^ (distance >> 31)) >>> 0;
    while (zigzag > 0x7f) {
      bytes[at++] = (zigzag & 0x7f) | 0x80;
      zigzag >>>= 7;
    }
    bytes[at++] = zigzag;
  }
  return bytes.slice(0, at);
}

/** The inverse of `writeCells`; strict, so that a set has one wire form only. */
export function readCells(bytes: Uint8Array, n: number, create: (cells: number) => Sketch): Sketch {
  requireRange("n", n, Number.MAX_SAFE_INTEGER);
  const cells = countCells(bytes);
  const sketch = create(cells);
  const view = viewOf(bytes);
  let at = 0;
  for (let cell = 0; cell < cells; cell++) {
    sketch.sumHi[cell] = view.getUint32(at);
    sketch.sumLo[cell] = view.getUint32(at + 4);
    sketch.check[cell] = view.getUint32(at + 8);
    at += FIXED_BYTES;
    let zigzag = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const distance = (zigzag >>> 1) ^ -(zigzag & 1);
    sketch.counts[cell] = (distance + (expectedCount(n, cell) | 0)) | 0;
  }
  return sketch;
}

/** Checks the framing and counts the cells, before anything of their number is allocated. */
function countCells(bytes: Uint8Array): number {
  let cells = 0;
  let at = 0;
  while (at < bytes.length) {
    if (++cells > limits.cells) throw invalid(`more than ${limits.cells} cells`);
    at += FIXED_BYTES;
    for (let length = 1; ; length++) {
      const byte = bytes[at++];
      if (byte === undefined) throw invalid(`cut off in cell ${cells - 1}`);
      if (length === VARINT_BYTES && byte > 0x0f) throw invalid(`the count of cell ${cells - 1} exceeds 32 bits`);
      if (byte >= 0x80) continue;
      if (byte === 0 && length > 1) throw invalid(`the count of cell ${cells - 1} is not in its shortest form`);
      break;
    }
  }
  return cells;
}

/** Four big-endian 32-bit integers a cell: sum (upper, lower), check, count. */
export function writeStoredCells(sketch: Sketch): Uint8Array {
  const bytes = new Uint8Array(sketch.cells * STORED_BYTES);
  eachStored(viewOf(bytes), (view, at, lane, cell) => view.setInt32(at, sketch[lane][cell]!));
  return bytes;
}

export function readStoredCells(bytes: Uint8Array, create: (cells: number) => Sketch): Sketch {
  const cells = bytes.length / STORED_BYTES;
  if (!Number.isInteger(cells) || cells > limits.cells) {
    throw new DigestSyncError("malformed", `a stored sketch cannot have ${bytes.length} bytes`);
  }
  const sketch = create(cells);
  eachStored(viewOf(bytes), (view, at, lane, cell) => {
    sketch[lane][cell] = view.getInt32(at);
  });
  return sketch;
}

function eachStored(
  view: DataView,
  run: (view: DataView, at: number, lane: (typeof lanes)[number], cell: number) => void,
): void {
  for (let at = 0; at < view.byteLength; at += 4) run(view, at, lanes[(at / 4) % 4]!, Math.floor(at / STORED_BYTES));
}

function invalid(fault: string): DigestSyncError {
  return new DigestSyncError("invalid-message", `sketch: ${fault}`);
}
