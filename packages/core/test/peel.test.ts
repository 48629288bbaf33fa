import { describe, expect, it } from "vitest";
import { type Difference, peel, tryPeel } from "../src/peel.js";
import { Sketch } from "../src/sketch.js";
import { digestsOf, seeded } from "./seeded.js";
import { oracleDecodes } from "./set-oracle.js";

type Side = 1 | -1;
interface Signed {
  readonly element: bigint;
  readonly side: Side;
}

function differenceOf(signed: readonly Signed[], cells: number): Sketch {
  const sketch = Sketch.of(cells);
  for (const { element, side } of signed) {
    sketch.addElement(Number(element >> 32n), Number(element & 0xffffffffn), side);
  }
  return sketch;
}

function randomDifferences(random: () => number, count: number, shareOfA: number): Signed[] {
  const seen = new Map<bigint, Side>();
  while (seen.size < count) {
    seen.set((BigInt(random()) << 32n) | BigInt(random()), random() / 2 ** 32 < shareOfA ? 1 : -1);
  }
  return [...seen].map(([element, side]) => ({ element, side }));
}

function elementsOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 8 }, (_, index) => view.getBigUint64(index * 8)).sort(ascending);
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function side(signed: readonly Signed[], which: Side): bigint[] {
  return signed
    .filter((one) => one.side === which)
    .map((one) => one.element)
    .sort(ascending);
}

function expectExactly(result: Difference | null, signed: readonly Signed[]): void {
  expect(result).not.toBeNull();
  expect(elementsOf(result!.onlyA)).toEqual(side(signed, 1));
  expect(elementsOf(result!.onlyB)).toEqual(side(signed, -1));
}

describe("peeling", () => {
  it("finds exactly the differences of two sets", () => {
    const sketchOf = (digests: Uint8Array[]) => {
      const sketch = Sketch.of(64);
      for (const digest of digests) sketch.add(digest);
      return sketch;
    };
    const result = peel(sketchOf(digestsOf(0, 1000)).minus(sketchOf(digestsOf(12, 1009))));
    const first = (digests: Uint8Array[]) =>
      digests.map((digest) => new DataView(digest.buffer).getBigUint64(0)).sort(ascending);
    expect(elementsOf(result!.onlyA)).toEqual(first(digestsOf(0, 12)));
    expect(elementsOf(result!.onlyB)).toEqual(first(digestsOf(1000, 1009)));
  });

  it.each([0, 1, 2, 3, 10, 33, 100, 500, 1_000, 5_000])("finds %i differences, in every split", (count) => {
    const random = seeded(20 + count);
    for (const shareOfA of [0, 0.01, 0.5, 0.8, 1]) {
      const signed = randomDifferences(random, count, shareOfA);
      expectExactly(peel(differenceOf(signed, Math.ceil(1.5 * count) + 60)), signed);
    }
  });

  it("succeeds exactly when crossing out elements that are alone in a cell does", () => {
    const random = seeded(21);
    const outcomes = { decoded: 0, stuck: 0 };
    for (let k = 0; k < 600; k++) {
      const count = random() % 40;
      const cells = Math.max(1, Math.round(count * (0.8 + (random() % 100) / 100)));
      const signed = randomDifferences(random, count, 0.5);
      const result = peel(differenceOf(signed, cells));
      if (oracleDecodes(side(signed, 1).concat(side(signed, -1)), cells)) {
        expectExactly(result, signed);
        outcomes.decoded += 1;
      } else {
        expect(result).toBeNull();
        expect(tryPeel(differenceOf(signed, cells))).toBe("too-short");
        outcomes.stuck += 1;
      }
    }
    expect(outcomes.decoded).toBeGreaterThan(100);
    expect(outcomes.stuck).toBeGreaterThan(100);
  });

  it("finds the element 0 and other peculiar ones", () => {
    const signed: Signed[] = [0n, 1n, 1n << 32n, 1n << 63n, 3n << 62n, (1n << 64n) - 1n].map((element, index) => ({
      element,
      side: index % 2 === 0 ? 1 : -1,
    }));
    for (const one of signed) expectExactly(peel(differenceOf([one], 1)), [one]);
    expectExactly(peel(differenceOf(signed, 100)), signed);
  });

  it("leaves the difference as it was", () => {
    const signed = randomDifferences(seeded(22), 20, 0.5);
    const difference = differenceOf(signed, 100);
    expectExactly(peel(difference), signed);
    expect(difference).toEqual(differenceOf(signed, 100));
  });

  it("of equal sets, and of no cells, finds nothing", () => {
    for (const cells of [0, 1, 500]) expectExactly(peel(Sketch.of(cells)), []);
  });

  it("gives up past maxElements", () => {
    const signed = randomDifferences(seeded(23), 30, 0.5);
    const difference = differenceOf(signed, 120);
    expectExactly(peel(difference, { maxElements: 30 }), signed);
    expect(peel(difference, { maxElements: 29 })).toBeNull();
    expect(tryPeel(difference, { maxElements: 29 })).toBe("too-much");
    expect(peel(difference, { maxElements: 0 })).toBeNull();
  });
});

describe("peeling digests that share an element", () => {
  const others = randomDifferences(seeded(24), 10, 0.5);
  const shared = 0x0123456789abcdefn;

  it("gives up when both are on the same side", () => {
    const twice: Signed[] = [1, 1].map(() => ({ element: shared, side: 1 }));
    for (const cells of [1, 32, 1000]) {
      expect(peel(differenceOf(twice, cells))).toBeNull();
      expect(peel(differenceOf([...others, ...twice], cells))).toBeNull();
    }
  });

  it("finds nothing of them when one is on each side: only the root can tell", () => {
    const cancelled: Signed[] = [
      { element: shared, side: 1 },
      { element: shared, side: -1 },
    ];
    expectExactly(peel(differenceOf(cancelled, 32)), []);
    expectExactly(peel(differenceOf([...others, ...cancelled], 200)), others);
  });

  it("finds them in another window", () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(1)];
    b.fill(2, 8, 16);
    const sketches = [0, 1].map((window) => {
      const sketch = Sketch.of(32);
      sketch.add(a, window);
      sketch.subtract(b, window);
      return sketch;
    });
    expectExactly(peel(sketches[0]!), []);
    expectExactly(peel(sketches[1]!), [
      { element: 0x0101010101010101n, side: 1 },
      { element: 0x0202020202020202n, side: -1 },
    ]);
  });
});
