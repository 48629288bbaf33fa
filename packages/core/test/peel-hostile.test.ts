import { describe, expect, it } from "vitest";
import { elementCheck } from "../src/check.js";
import { limits } from "../src/limits.js";
import { mapElement, mapped } from "../src/mapping.js";
import { peel, tryPeel } from "../src/peel.js";
import { Sketch } from "../src/sketch.js";
import { seeded } from "./seeded.js";

/** Adds an element to one cell alone, mapping or not: what only a forger does. */
function forge(sketch: Sketch, cell: number, high: number, low: number, times: number): void {
  sketch.sumHi[cell]! += Math.imul(high, times);
  sketch.sumLo[cell]! += Math.imul(low, times);
  sketch.check[cell]! += Math.imul(elementCheck(high, low), times);
  sketch.counts[cell]! += times;
}

/** Elements with many indices: what somebody who grinds rows would look for. */
function denseElements(count: number, cells: number): [number, number][] {
  const random = seeded(30);
  const found: [number, number, number][] = [];
  for (let k = 0; k < 20 * count; k++) {
    const [high, low] = [random(), random()];
    found.push([high, low, mapElement(high, low, cells)]);
  }
  // Multiples of a high power of two repeat a short cycle of states; 3 * 2^62 stays itself, the densest of all.
  for (let high = 0xff000000; high <= 0xffffffff; high += 0x10000) found.push([high, 0, mapElement(high, 0, cells)]);
  found.push([0xc0000000, 0, mapElement(0xc0000000, 0, cells)]);
  return found
    .sort((a, b) => b[2] - a[2])
    .slice(0, count)
    .map(([high, low]) => [high, low]);
}

// Without their bounds, several of these never end; that they do is the assertion.
describe("peeling crafted cells", () => {
  it("ends when an element keeps coming back", () => {
    // Cell 0 holds it once, the next cell of its mapping twice, and so on: each removal leaves another cell with a single
    // one, and cells that were empty with one less than none.
    for (const [high, low] of [
      [0xc0000000, 0],
      [0x01234567, 0x89abcdef],
    ] as const) {
      const sketch = Sketch.of(1000);
      const cells = [...mapped.subarray(0, mapElement(high, low, 1000))];
      cells.forEach((cell, index) => {
        forge(sketch, cell, high, low, index + 1);
      });
      expect(tryPeel(sketch)).toBe("inconsistent");
      expect(peel(sketch, { maxElements: Number.MAX_SAFE_INTEGER, maxVisits: Number.MAX_SAFE_INTEGER })).toBeNull();
      // Told by the second recovery, not by running into a limit.
      expect(tryPeel(sketch, { maxElements: 2, maxVisits: 2 * cells.length })).toBe("inconsistent");
    }
  });

  it("ends when removals only ever move an element", () => {
    const sketch = Sketch.of(64);
    const random = seeded(31);
    for (let cell = 0; cell < 64; cell++) forge(sketch, cell, random(), random(), cell % 2 === 0 ? 1 : -1);
    expect(peel(sketch)).toBeNull();
  });

  it("refuses a single element in a cell that its mapping does not have", () => {
    const [high, low] = [0x01234567, 0x89abcdef];
    const cells = new Set(mapped.subarray(0, mapElement(high, low, 100)));
    for (let cell = 0; cell < 100; cell++) {
      const sketch = Sketch.of(100);
      forge(sketch, cell, high, low, 1);
      expect(peel(sketch)).toBeNull();
      if (cells.has(cell)) continue;
      expect(tryPeel(sketch)).toBe("inconsistent");
      // Even when everything else is as it should be.
      const whole = Sketch.of(100);
      whole.addElement(high, low, 1);
      forge(whole, cell, high, low, 1);
      expect(peel(whole)).toBeNull();
    }
  });

  it("never reports an element twice, nor on both sides", () => {
    const random = seeded(32);
    let decoded = 0;
    for (let k = 0; k < 3_000; k++) {
      const sketch = Sketch.of(12);
      const elements = Array.from({ length: 3 }, () => [random(), random()] as const);
      for (let step = random() % 6; step >= 0; step--) {
        const [high, low] = elements[random() % 3]!;
        const sign = random() % 2 === 0 ? 1 : -1;
        if (random() % 4 === 0) forge(sketch, random() % 12, high, low, sign);
        else sketch.addElement(high, low, sign);
      }
      const result = peel(sketch);
      if (result === null) continue;
      decoded += 1;
      const all = Buffer.concat([result.onlyA, result.onlyB]).toString("hex").match(/.{16}/g) ?? [];
      expect(new Set(all).size).toBe(all.length);
    }
    expect(decoded).toBeGreaterThan(300);
  });

  it("refuses what is left over: a count, a sum or a check that no element accounts for", () => {
    for (const lane of ["sumHi", "sumLo", "check", "counts"] as const) {
      const sketch = Sketch.of(40);
      for (let high = 1; high <= 5; high++) sketch.addElement(high * 0x9e3779b9, high, 1);
      expect(peel(sketch)?.onlyA.length).toBe(40);
      sketch[lane][39]! += 1;
      expect(peel(sketch)).toBeNull();
    }
  });

  it("refuses counts at the ends of their range", () => {
    for (const count of [0x7fffffff, -0x80000000, 2, -2]) {
      const sketch = Sketch.of(3);
      sketch.counts.fill(count);
      expect(peel(sketch)).toBeNull();
    }
  });

  it("recovers no more elements than there are cells, from any cells", () => {
    const random = seeded(33);
    for (let k = 0; k < 200; k++) {
      const cells = 1 + (random() % 64);
      const sketch = Sketch.of(cells);
      for (let step = 0; step < 2 * cells; step++) sketch.addElement(random(), random(), random() % 2 === 0 ? 1 : -1);
      const result = peel(sketch, { maxElements: Number.MAX_SAFE_INTEGER });
      if (result !== null) expect((result.onlyA.length + result.onlyB.length) / 8).toBeLessThanOrEqual(cells);
    }
  });

  it("meets at most 64 indices in any element that grinding is known to yield", () => {
    const [densest] = denseElements(1, limits.cells);
    expect(mapElement(densest![0], densest![1], limits.cells)).toBeLessThanOrEqual(64);
  });

  it("still decodes a set that is made of the densest elements", () => {
    const sketch = Sketch.of(2_000);
    for (const [high, low] of denseElements(1_000, 2_000)) sketch.addElement(high, low, 1);
    expect(peel(sketch)?.onlyA.length).toBe(8_000);
  });

  it("gives up past maxVisits: an index of an element is a visit", () => {
    const sketch = Sketch.of(200);
    const elements = denseElements(90, 200);
    for (const [high, low] of elements) sketch.addElement(high, low, 1);
    const visits = elements.reduce((sum, [high, low]) => sum + mapElement(high, low, 200), 0);
    expect(peel(sketch, { maxVisits: visits })?.onlyA.length).toBe(8 * 90);
    expect(tryPeel(sketch, { maxVisits: visits - 1 })).toBe("too-much");
  });

  it("takes less than half of the visits it allows for an honest difference, up to the longest sketch", () => {
    const random = seeded(34);
    for (const cells of [32, 256, 2_048, limits.cells]) {
      const sketch = Sketch.of(cells);
      const elements = Math.floor(0.6 * cells);
      for (let k = 0; k < elements; k++) sketch.addElement(random(), random(), k % 2 === 0 ? 1 : -1);
      expect(peel(sketch, { maxVisits: 16 * cells })).not.toBeNull();
    }
  });
});
