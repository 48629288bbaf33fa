/**
 * Roots, sketches and peeling once more, from PROTOCOL.md, with BigInts, strings and Maps, sharing no line with src:
 * slow, obvious, and the source of the test vectors.
 */
import { createCipheriv, createHash } from "node:crypto";

const MASK_32 = (1n << 32n) - 1n;
const MASK_64 = (1n << 64n) - 1n;

/** A cell: what it sums, mod 2^64 and 2^32, and its count as a signed 32-bit number. */
export interface OracleCell {
  sum: bigint;
  check: bigint;
  count: bigint;
}

export function oracleElement(digest: Uint8Array, window: number): bigint {
  return Buffer.from(digest).readBigUInt64BE(8 * window);
}

export function oracleIndices(element: bigint, below: number): number[] {
  const indices: number[] = [];
  let index = 0;
  let state = element;
  while (index < below) {
    indices.push(index);
    state = (state * 0xda942042e4dd58b5n) & MASK_64;
    const gap = Math.ceil((index + 1.5) * (2 ** 32 / Math.sqrt(Number(state) + 1) - 1));
    index += gap < 1 ? 1 : gap;
  }
  return indices;
}

function mix(input: bigint): bigint {
  let h = input & MASK_32;
  h ^= h >> 16n;
  h = (h * 0x85ebca6bn) & MASK_32;
  h ^= h >> 13n;
  h = (h * 0xc2b2ae35n) & MASK_32;
  return h ^ (h >> 16n);
}

export function oracleCheck(element: bigint): bigint {
  return mix(mix((element >> 32n) ^ 0x9e3779b9n) + (element & MASK_32));
}

export function oracleSketch(elements: readonly bigint[], cells: number): OracleCell[] {
  const sketch = Array.from({ length: cells }, (): OracleCell => ({ sum: 0n, check: 0n, count: 0n }));
  for (const element of elements) {
    // The lanes of the sum are added apart: no carry from the lower to the upper half.
    for (const index of oracleIndices(element, cells)) {
      const cell = sketch[index]!;
      cell.sum = addLanes(cell.sum, element);
      cell.check = (cell.check + oracleCheck(element)) & MASK_32;
      cell.count += 1n;
    }
  }
  return sketch;
}

function addLanes(a: bigint, b: bigint): bigint {
  return ((((a >> 32n) + (b >> 32n)) & MASK_32) << 32n) | ((a + b) & MASK_32);
}

export function oracleExpectedCount(n: bigint, index: bigint): bigint {
  return (4n * n + index + 2n) / (2n * index + 4n);
}

export function oracleSketchHex(sketch: readonly OracleCell[], n: bigint): string {
  let hex = "";
  sketch.forEach((cell, index) => {
    hex += cell.sum.toString(16).padStart(16, "0") + cell.check.toString(16).padStart(8, "0");
    const distance = BigInt.asIntN(32, cell.count - oracleExpectedCount(n, BigInt(index)));
    let zigzag = distance >= 0n ? 2n * distance : -2n * distance - 1n;
    while (zigzag >= 128n) {
      hex += (Number(zigzag % 128n) + 128).toString(16);
      zigzag /= 128n;
    }
    hex += Number(zigzag).toString(16).padStart(2, "0");
  });
  return hex;
}

/**
 * Whether peeling ends with every cell empty, told without cells at all: repeatedly cross out an element that is alone
 * in some cell.
 */
export function oracleDecodes(elements: readonly bigint[], cells: number): boolean {
  const left = new Map(elements.map((element) => [element, oracleIndices(element, cells)]));
  for (;;) {
    const members = new Map<number, bigint[]>();
    for (const [element, indices] of left) {
      for (const index of indices) {
        const cell = members.get(index);
        if (cell) cell.push(element);
        else members.set(index, [element]);
      }
    }
    let crossedOut = false;
    for (const cell of members.values()) if (cell.length === 1 && left.delete(cell[0]!)) crossedOut = true;
    if (left.size === 0) return true;
    if (!crossedOut) return false;
  }
}

export function oracleState(digests: readonly Uint8Array[]): bigint[] {
  const lanes = new Array<bigint>(128).fill(0n);
  for (const digest of digests) {
    const stream = createCipheriv("chacha20", digest, Buffer.alloc(16)).update(Buffer.alloc(512));
    for (let lane = 0; lane < 128; lane++) {
      lanes[lane] = (lanes[lane]! + BigInt(stream.readUInt32LE(4 * lane))) & MASK_32;
    }
  }
  return lanes;
}

export function oracleStateHex(lanes: readonly bigint[]): string {
  const bytes = Buffer.alloc(512);
  lanes.forEach((lane, index) => {
    bytes.writeUInt32LE(Number(lane), 4 * index);
  });
  return bytes.toString("hex");
}

export function oracleRootHex(count: bigint, lanes: readonly bigint[]): string {
  const header = Buffer.concat([Buffer.from("digest-sync root 1\n", "ascii"), Buffer.alloc(8)]);
  header.writeBigUInt64BE(count, 19);
  return createHash("sha256")
    .update(header)
    .update(Buffer.from(oracleStateHex(lanes), "hex"))
    .digest("hex");
}
