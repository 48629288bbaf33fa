import { describe, expect, it } from "vitest";
import { elementCheck } from "../src/check.js";
import { limits } from "../src/limits.js";
import { mapElement, mapped } from "../src/mapping.js";
import { seeded } from "./seeded.js";
import { oracleCheck, oracleIndices } from "./set-oracle.js";

const TOP = 1n << 64n;

function indicesOf(element: bigint, cells: number): number[] {
  const length = mapElement(Number(element >> 32n), Number(element & 0xffffffffn), cells);
  return [...mapped.subarray(0, length)];
}

/** Elements whose states pass the edges of the formula: zero, powers of two, and states close to 2^64. */
function edgeElements(): bigint[] {
  const inverse = inverseOf(0xda942042e4dd58b5n);
  const elements = [0n, 1n, 2n, TOP - 1n, TOP - 2n, 3n << 62n];
  for (let bit = 2n; bit < 64n; bit++) elements.push(1n << bit, (1n << bit) - 1n, TOP - (1n << bit));
  // Elements whose first state is exactly this: where double(r) rounds up to 2^64, and around it.
  for (let below = 1n; below <= 4096n; below = below * 2n) elements.push(((TOP - below) * inverse) % TOP);
  for (let state = 0n; state < 64n; state++) elements.push((state * inverse) % TOP);
  // Elements whose first state is where the step from cell 0 turns from one number to the next, k: there, and only there,
  // the 1 in sqrt(r + 1) shows.
  for (const k of [100n, 1_000n, 3_000n, 30_000n]) {
    const turn = (9n * TOP) / (3n + 2n * k) ** 2n;
    for (let state = turn - 2n; state <= turn + 2n; state++) elements.push((state * inverse) % TOP);
  }
  return elements;
}

/** The inverse of an odd number mod 2^64, by Newton's iteration. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd;
  for (let k = 0; k < 6; k++) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse));
  return inverse;
}

describe("the index mapping", () => {
  it("equals the BigInt oracle's for 40,000 random elements", () => {
    const random = seeded(1);
    let deviations = 0;
    for (let k = 0; k < 40_000; k++) {
      const element = (BigInt(random()) << 32n) | BigInt(random());
      const cells = k % 4 === 0 ? limits.cells : 1024;
      if (indicesOf(element, cells).join() !== oracleIndices(element, cells).join()) deviations += 1;
    }
    expect(deviations).toBe(0);
  });

  it("equals the oracle's at the edges of the formula", () => {
    for (const element of edgeElements()) {
      expect(indicesOf(element, limits.cells)).toEqual(oracleIndices(element, limits.cells));
    }
  });

  it("takes a step of 1 where the formula yields 0, for r near 2^64", () => {
    const element = ((TOP - 1n) * inverseOf(0xda942042e4dd58b5n)) % TOP;
    expect(indicesOf(element, 2)).toEqual([0, 1]);
  });

  it("keeps element 0 in cell 0 alone", () => {
    expect(indicesOf(0n, limits.cells)).toEqual([0]);
  });

  it("takes the halves of an element signed or unsigned alike", () => {
    const unsigned = mapped.slice(0, mapElement(0xfedcba98, 0x87654321, 500));
    const signed = mapped.slice(0, mapElement(0xfedcba98 | 0, 0x87654321 | 0, 500));
    expect(signed).toEqual(unsigned);
  });

  it("is a prefix of itself: fewer cells, the same indices", () => {
    const element = 0x0123456789abcdefn;
    const all = indicesOf(element, limits.cells);
    for (const cells of [0, 1, 2, 31, 32, 33, 1000]) {
      expect(indicesOf(element, cells)).toEqual(all.filter((index) => index < cells));
    }
  });

  it("reaches cell i with a probability close to 1 / (1 + i / 2)", () => {
    const random = seeded(2);
    const hits = new Array<number>(64).fill(0);
    const elements = 40_000;
    for (let k = 0; k < elements; k++) {
      const length = mapElement(random(), random(), 64);
      for (let at = 0; at < length; at++) hits[mapped[at]!]! += 1;
    }
    for (let cell = 0; cell < 64; cell++) {
      expect(Math.abs(hits[cell]! / elements - 1 / (1 + cell / 2))).toBeLessThan(0.035);
    }
  });
});

describe("the check of an element", () => {
  it("equals the BigInt oracle's", () => {
    const random = seeded(3);
    const elements = [
      ...edgeElements(),
      ...Array.from({ length: 20_000 }, () => (BigInt(random()) << 32n) | BigInt(random())),
    ];
    const deviations = elements.filter(
      (element) =>
        BigInt(elementCheck(Number(element >> 32n), Number(element & 0xffffffffn)) >>> 0) !== oracleCheck(element),
    );
    expect(deviations).toEqual([]);
  });

  it("flips about half of its bits when one bit of the element flips", () => {
    const random = seeded(4);
    const samples = 2_000;
    for (let bit = 0; bit < 64; bit++) {
      let flipped = 0;
      for (let k = 0; k < samples; k++) {
        const high = random();
        const low = random();
        const other = bit < 32 ? elementCheck(high, low ^ (1 << bit)) : elementCheck(high ^ (1 << (bit - 32)), low);
        for (let rest = elementCheck(high, low) ^ other; rest !== 0; rest &= rest - 1) flipped += 1;
      }
      expect(flipped / samples).toBeGreaterThan(15);
      expect(flipped / samples).toBeLessThan(17);
    }
  });
});
