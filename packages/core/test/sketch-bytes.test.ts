import { describe, expect, it } from "vitest";
import { limits } from "../src/limits.js";
import { Sketch, sketchFromBytes } from "../src/sketch.js";
import { expectedCount } from "../src/sketch-bytes.js";
import { digestsOf, seeded } from "./seeded.js";
import { oracleElement, oracleExpectedCount, oracleSketch, oracleSketchHex } from "./set-oracle.js";

function randomSketch(seed: number, cells: number): Sketch {
  const random = seeded(seed);
  const sketch = Sketch.of(cells);
  for (const lane of [sketch.sumHi, sketch.sumLo, sketch.check, sketch.counts]) {
    for (let cell = 0; cell < cells; cell++) lane[cell] = random();
  }
  return sketch;
}

function sketchOf(digests: readonly Uint8Array[], cells: number): Sketch {
  const sketch = Sketch.of(cells);
  for (const digest of digests) sketch.add(digest);
  return sketch;
}

const COUNTS = [0, 1, 3, 100, 135_233, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 1];

describe("the wire form of a sketch", () => {
  it.each([0, 1, 3, 100, 2_000])("of %i elements equals the BigInt oracle's", (n) => {
    const digests = digestsOf(0, n);
    const cells = oracleSketch(
      digests.map((digest) => oracleElement(digest, 0)),
      150,
    );
    expect(Buffer.from(sketchOf(digests, 150).toBytes(n)).toString("hex")).toBe(oracleSketchHex(cells, BigInt(n)));
  });

  it.each(COUNTS)("comes back as it was, whatever its cells, for n = %d", (n) => {
    for (const cells of [0, 1, 2, 33, 1000]) {
      const sketch = randomSketch(cells + 1, cells);
      expect(sketchFromBytes(sketch.toBytes(n), n)).toEqual(sketch);
    }
    const extremes = Sketch.of(4);
    extremes.counts.set([0x7fffffff, -0x80000000, -1, 0]);
    expect(sketchFromBytes(extremes.toBytes(n), n)).toEqual(extremes);
  });

  it("takes 12 bytes a cell and one to two more for the count of 2,000 rows", () => {
    const bytes = sketchOf(digestsOf(0, 2_000), 32).toBytes(2_000).length;
    expect(bytes).toBeGreaterThanOrEqual(32 * 13);
    expect(bytes).toBeLessThanOrEqual(32 * 14);
  });

  it("never takes more than 17 bytes a cell", () => {
    expect(randomSketch(9, 500).toBytes(2 ** 53 - 1).length).toBeLessThanOrEqual(500 * 17);
  });

  it("expects counts as exact arithmetic does, up to 2^53", () => {
    const random = seeded(10);
    const sizes = [...COUNTS, ...Array.from({ length: 200 }, () => random() * 2 ** 21 + (random() % 2 ** 21))];
    for (const n of sizes) {
      for (const index of [0, 1, 2, 3, 4, 5, 6, 31, 100, 1023, random() % limits.cells, limits.cells - 1]) {
        expect(BigInt(expectedCount(n, index))).toBe(oracleExpectedCount(BigInt(n), BigInt(index)));
      }
    }
  });

  it("is read where it lies in a larger buffer", () => {
    const sketch = randomSketch(11, 20);
    const bytes = sketch.toBytes(5);
    const buffer = new Uint8Array(bytes.length + 9);
    buffer.set(bytes, 5);
    expect(sketchFromBytes(buffer.subarray(5, 5 + bytes.length), 5)).toEqual(sketch);
  });

  const fixed = new Array<number>(12).fill(0);
  it.each([
    { fault: "a cell without a count", bytes: fixed, says: /cut off in cell 0/ },
    { fault: "half a cell", bytes: [...fixed, 0, 1, 2, 3], says: /cut off in cell 1/ },
    { fault: "a count that does not end", bytes: [...fixed, 0x80], says: /cut off in cell 0/ },
    { fault: "a count not in its shortest form", bytes: [...fixed, 0x80, 0x00], says: /shortest form/ },
    { fault: "another", bytes: [...fixed, 0xff, 0xff, 0x80, 0x00], says: /shortest form/ },
    { fault: "a count of 33 bits", bytes: [...fixed, 0x80, 0x80, 0x80, 0x80, 0x10], says: /exceeds 32 bits/ },
    { fault: "a count of six bytes", bytes: [...fixed, 0x80, 0x80, 0x80, 0x80, 0x80, 1], says: /exceeds 32 bits/ },
    { fault: "the rest of a cell that was cut", bytes: [...fixed, 0, ...fixed], says: /cut off in cell 1/ },
  ])("is refused with $fault", ({ bytes, says }) => {
    const read = () => sketchFromBytes(new Uint8Array(bytes), 0);
    expect(read).toThrow(says);
    expect(read).toThrow(expect.objectContaining({ code: "invalid-message" }));
  });

  it("is refused past the greatest number of cells", () => {
    const longest = new Uint8Array(13 * limits.cells);
    expect(sketchFromBytes(longest, 0).cells).toBe(limits.cells);
    expect(() => sketchFromBytes(new Uint8Array(13 * (limits.cells + 1)), 0)).toThrow(/more than 32768 cells/);
  });

  it("is one only: whatever random bytes are accepted are written back the same", () => {
    const random = seeded(12);
    let accepted = 0;
    for (let k = 0; k < 5_000; k++) {
      const bytes = new Uint8Array(random() % 80).map(() => random());
      let sketch: Sketch;
      try {
        sketch = sketchFromBytes(bytes, k);
      } catch (error) {
        expect(error).toMatchObject({ code: "invalid-message" });
        continue;
      }
      accepted += 1;
      expect(sketch.toBytes(k)).toEqual(bytes);
    }
    expect(accepted).toBeGreaterThan(100);
  });

  it("needs a number of elements", () => {
    for (const n of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => Sketch.of(1).toBytes(n)).toThrow(RangeError);
      expect(() => sketchFromBytes(new Uint8Array(13), n)).toThrow(RangeError);
    }
  });
});

describe("the stored form of a sketch", () => {
  it("comes back as it was, 16 bytes a cell", () => {
    for (const cells of [0, 1, 256]) {
      const sketch = randomSketch(13, cells);
      const buffer = new Uint8Array(cells * 16 + 5);
      expect(sketch.toStored().length).toBe(cells * 16);
      buffer.set(sketch.toStored(), 3);
      expect(Sketch.fromStored(buffer.subarray(3, 3 + cells * 16))).toEqual(sketch);
    }
  });

  it("is refused when it is no whole number of cells, or too long", () => {
    for (const length of [1, 15, 17, 16 * (limits.cells + 1)]) {
      expect(() => Sketch.fromStored(new Uint8Array(length))).toThrow(expect.objectContaining({ code: "malformed" }));
    }
  });
});
