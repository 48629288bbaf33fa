import { describe, expect, it } from "vitest";
import { cellsByCounts, estimateDifference, FEWEST_CELLS, lowCounts, nextCells } from "../src/estimate.js";
import { limits } from "../src/limits.js";
import { peel } from "../src/peel.js";
import { Sketch } from "../src/sketch.js";
import { seeded } from "./seeded.js";

interface Differences {
  readonly net: number;
  sketch(cells: number): Sketch;
}

function randomDifferences(random: () => number, count: number, shareOfA: number): Differences {
  const elements = Array.from({ length: count }, () => ({
    high: random(),
    low: random(),
    side: random() / 2 ** 32 < shareOfA ? (1 as const) : (-1 as const),
  }));
  return {
    net: elements.reduce((sum, { side }) => sum + side, 0),
    sketch(cells) {
      const sketch = Sketch.of(cells);
      for (const { high, low, side } of elements) sketch.addElement(high, low, side);
      return sketch;
    },
  };
}

const CASES = [
  { count: 5, rounds: 1_000 },
  { count: 15, rounds: 1_000 },
  { count: 30, rounds: 1_000 },
  { count: 100, rounds: 500 },
  { count: 400, rounds: 300 },
  { count: 1_500, rounds: 60 },
].flatMap((one) => [0.5, 0.9, 1].map((shareOfA) => ({ ...one, shareOfA })));

describe("from 32 cells", () => {
  it("at least 99 of 100 verifications decode by the second request", () => {
    const random = seeded(40);
    let rounds = 0;
    let decoded = 0;
    for (const { count, rounds: times, shareOfA } of CASES) {
      let decodedHere = 0;
      for (let round = 0; round < times; round++) {
        const differences = randomDifferences(random, count, shareOfA);
        const first = differences.sketch(32);
        if (peel(first) !== null || peel(differences.sketch(nextCells(first, differences.net))) !== null) {
          decodedHere += 1;
        }
      }
      expect(decodedHere / times, `${count} differences, ${shareOfA} of them in A`).toBeGreaterThanOrEqual(0.98);
      rounds += times;
      decoded += decodedHere;
    }
    expect(decoded / rounds).toBeGreaterThanOrEqual(0.99);
  });

  it("the estimate is right on average, and rarely off by a factor of two", () => {
    const random = seeded(41);
    for (const count of [50, 500, 5_000]) {
      for (const shareOfA of [0.5, 0.9, 1]) {
        const times = 200_000 / count > 200 ? 200 : 40;
        const ratios = Array.from({ length: times }, () => {
          const differences = randomDifferences(random, count, shareOfA);
          return estimateDifference(differences.sketch(32), differences.net) / count;
        }).sort((a, b) => a - b);
        const median = ratios[times >> 1]!;
        expect(median).toBeGreaterThan(0.85);
        expect(median).toBeLessThan(1.15);
        expect(ratios.filter((ratio) => ratio < 0.5 || ratio > 2).length / times).toBeLessThan(0.05);
      }
    }
  });
});

describe("the estimate", () => {
  it("is at least what the counts of the two sets differ by", () => {
    expect(estimateDifference(Sketch.of(0), -7)).toBe(7);
    expect(estimateDifference(Sketch.of(1), 7)).toBe(7);
    const differences = randomDifferences(seeded(42), 300, 1);
    expect(estimateDifference(differences.sketch(32), 300)).toBeGreaterThanOrEqual(300);
  });

  it("is close from many cells, however one-sided the difference", () => {
    const random = seeded(43);
    for (const shareOfA of [0, 0.3, 1]) {
      const differences = randomDifferences(random, 4_000, shareOfA);
      const estimate = estimateDifference(differences.sketch(1_000), differences.net);
      expect(Math.abs(estimate / 4_000 - 1)).toBeLessThan(0.15);
    }
  });

  it("stays finite for any cells", () => {
    const sketch = Sketch.of(100);
    sketch.counts.fill(-0x80000000);
    expect(Number.isFinite(estimateDifference(sketch, 2 ** 53 - 1))).toBe(true);
    expect(nextCells(sketch, -(2 ** 53 - 1))).toBe(limits.cells);
  });
});

describe("the next sketch", () => {
  it("has at least 32 cells and at most the greatest number", () => {
    expect(nextCells(Sketch.of(0), 0)).toBe(FEWEST_CELLS);
    expect(nextCells(Sketch.of(0), 1_000_000)).toBe(limits.cells);
  });

  it("is longer, until length cannot be what is missing", () => {
    // Two equal elements on one side: no sketch of any length decodes.
    const asked = [32];
    for (;;) {
      const cells = asked.at(-1)!;
      const sketch = Sketch.of(cells);
      sketch.addElement(1, 2, 1);
      sketch.addElement(1, 2, 1);
      sketch.addElement(3, 4, -1);
      expect(peel(sketch)).toBeNull();
      const next = nextCells(sketch, 1);
      if (next <= cells) break;
      asked.push(next);
    }
    expect(asked).toEqual([32, 48, 96]);
    expect(nextCells(Sketch.of(limits.cells), 20_000)).toBe(limits.cells);
  });
});

describe("by the counts of 256 cells", () => {
  it("at least 99 of 100 verifications decode by the second request, with a third fewer cells", () => {
    const random = seeded(43);
    const rounds = 150;
    let decoded = 0;
    let byCounts = 0;
    let without = 0;
    for (const { count, shareOfA } of [
      { count: 150, shareOfA: 0.5 },
      { count: 400, shareOfA: 0.9 },
      { count: 1_300, shareOfA: 0.5 },
    ]) {
      for (let round = 0; round < rounds; round++) {
        const differences = randomDifferences(random, count, shareOfA);
        // Both sides hold many more elements than differ: the counts are taken mod 2^16.
        const own = Sketch.of(256);
        own.counts.fill(1_000_000);
        const server = differences.sketch(256);
        server.merge(own);
        const cells = cellsByCounts(own, lowCounts(server), differences.net);
        byCounts += cells;
        without += nextCells(differences.sketch(32), differences.net);
        if (peel(differences.sketch(cells)) !== null) decoded += 1;
      }
    }
    expect(decoded / (3 * rounds)).toBeGreaterThanOrEqual(0.99);
    expect(byCounts / without).toBeLessThan(0.72);
  });

  it("reads counts that differ by less than 2^15 either way", () => {
    const own = Sketch.of(2);
    own.counts.set([70_000, 5]);
    const other = Sketch.of(2);
    other.counts.set([70_000 - 40, 5 + 0x7fff]);
    expect(lowCounts(own)).toEqual(Uint8Array.of(0x11, 0x70, 0, 5));
    expect(cellsByCounts(own, lowCounts(other), -40)).toBe(limits.cells);
    expect(cellsByCounts(own, lowCounts(own), 0)).toBe(FEWEST_CELLS);
  });
});
