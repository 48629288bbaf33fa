import { describe, expect, it } from "vitest";
import { limits } from "../src/limits.js";
import { Sketch } from "../src/sketch.js";
import { digestOf, digestsOf, seeded } from "./seeded.js";
import { oracleElement, oracleSketch } from "./set-oracle.js";

function sketchOf(digests: readonly Uint8Array[], cells: number, window = 0): Sketch {
  const sketch = Sketch.of(cells);
  for (const digest of digests) sketch.add(digest, window);
  return sketch;
}

function cellsOf(sketch: Sketch): { sum: bigint; check: bigint; count: bigint }[] {
  return Array.from({ length: sketch.cells }, (_, cell) => ({
    sum: (BigInt(sketch.sumHi[cell]!) << 32n) | BigInt(sketch.sumLo[cell]!),
    check: BigInt(sketch.check[cell]!),
    count: BigInt(sketch.counts[cell]!),
  }));
}

describe("a sketch", () => {
  it.each([0, 1, 2, 3])("equals the BigInt oracle's in window %i", (window) => {
    const digests = digestsOf(0, 300);
    const elements = digests.map((digest) => oracleElement(digest, window));
    expect(cellsOf(sketchOf(digests, 200, window))).toEqual(oracleSketch(elements, 200));
  });

  it("does not depend on the order in which rows come, and forgets a row that is subtracted", () => {
    const sketch = sketchOf(digestsOf(0, 100).reverse(), 64);
    for (let number = 40; number < 100; number++) sketch.subtract(digestOf(number));
    expect(sketch).toEqual(sketchOf(digestsOf(0, 40), 64));
    for (let number = 0; number < 40; number++) sketch.subtract(digestOf(number));
    expect(sketch).toEqual(Sketch.of(64));
  });

  it("is linear: the union's is the sum, the difference's the difference", () => {
    const all = sketchOf(digestsOf(0, 90), 128);
    const left = sketchOf(digestsOf(0, 50), 128);
    const right = sketchOf(digestsOf(50, 90), 128);
    expect(all.minus(left)).toEqual(right);
    left.merge(right);
    expect(left).toEqual(all);
  });

  it("leaves of a difference only what the sets do not share", () => {
    const left = sketchOf(digestsOf(0, 500), 64);
    const right = sketchOf(digestsOf(3, 503), 64);
    const expected = sketchOf(digestsOf(0, 3), 64);
    for (const digest of digestsOf(500, 503)) expected.subtract(digest);
    expect(left.minus(right)).toEqual(expected);
  });

  it("is as long as the shorter of two, and a prefix is the sketch of fewer cells", () => {
    const digests = digestsOf(0, 100);
    const long = sketchOf(digests, 300);
    const short = sketchOf(digests, 32);
    expect(long.prefix(32)).toEqual(short);
    expect(long.minus(short)).toEqual(Sketch.of(32));
    expect(short.minus(long)).toEqual(Sketch.of(32));
    expect(() => short.prefix(33)).toThrow(RangeError);
    short.merge(long);
    expect(short.counts[0]).toBe(200);
    expect(() => long.merge(short)).toThrow(RangeError);
  });

  it("of a clone goes its own way", () => {
    const sketch = sketchOf(digestsOf(0, 5), 32);
    sketch.clone().add(digestOf(5));
    expect(sketch).toEqual(sketchOf(digestsOf(0, 5), 32));
  });

  it("adds elements as it adds the digests they come from", () => {
    const sketch = Sketch.of(100);
    for (const digest of digestsOf(0, 10)) {
      const view = new DataView(digest.buffer);
      sketch.addElement(view.getUint32(16), view.getUint32(20), 1);
      sketch.addElement(view.getInt32(24), view.getInt32(28), -1);
    }
    const expected = sketchOf(digestsOf(0, 10), 100, 2);
    for (const digest of digestsOf(0, 10)) expected.subtract(digest, 3);
    expect(sketch).toEqual(expected);
  });

  it("wraps every lane mod 2^32, the counts too", () => {
    const sketch = Sketch.of(1);
    sketch.counts[0] = 0x7fffffff;
    sketch.addElement(1, 1, 1);
    expect(sketch.counts[0]).toBe(-0x80000000);
    sketch.addElement(1, 1, -1);
    expect(sketch.counts[0]).toBe(0x7fffffff);
  });

  it("fits the number of elements it was made of, and no other", () => {
    const random = seeded(6);
    for (let k = 0; k < 20; k++) {
      const n = random() % 200;
      const sketch = sketchOf(digestsOf(0, n), 50);
      expect(sketch.fits(n)).toBe(true);
      expect(sketch.fits(n + 1)).toBe(false);
      if (n > 0) expect(sketch.fits(n - 1)).toBe(false);
    }
    expect(Sketch.of(0).fits(10)).toBe(true);
  });

  it("does not fit when a cell counts below zero or above the number of elements", () => {
    for (const count of [-1, 11, -0x80000000, 0x7fffffff]) {
      const sketch = sketchOf(digestsOf(0, 10), 50);
      sketch.counts[49] = count;
      expect(sketch.fits(10)).toBe(false);
    }
  });

  it("has between no and the greatest number of cells", () => {
    expect(Sketch.of(0).cells).toBe(0);
    expect(Sketch.of(limits.cells).cells).toBe(limits.cells);
    for (const cells of [-1, 0.5, Number.NaN, limits.cells + 1]) expect(() => Sketch.of(cells)).toThrow(RangeError);
  });

  it("refuses windows other than 0 to 3 and digests that have not 32 bytes", () => {
    const sketch = Sketch.of(8);
    for (const window of [-1, 4, 0.5, Number.NaN]) expect(() => sketch.add(digestOf(0), window)).toThrow(/"window"/);
    expect(() => sketch.subtract(new Uint8Array(8))).toThrow(/"digest"/);
    expect(sketch).toEqual(Sketch.of(8));
  });
});
