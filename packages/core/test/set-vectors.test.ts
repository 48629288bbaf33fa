import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { elementCheck } from "../src/check.js";
import { mapElement, mapped } from "../src/mapping.js";
import { peel } from "../src/peel.js";
import { RootState } from "../src/root.js";
import { Sketch, sketchFromBytes } from "../src/sketch.js";
import { expectedCount } from "../src/sketch-bytes.js";
import { digestsOf } from "./seeded.js";
import { mappingVectors, rootVectors, sketchVectors, vectorText } from "./set-vectors.js";

function vectorFile(name: string): URL {
  return new URL(`../../../test/vectors/${name}.json`, import.meta.url);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function readVectors<Vectors>(name: string, oracle: () => Vectors): Vectors {
  // To write them anew, for the protocol's next version: WRITE_VECTORS=1 npx vitest run packages/core/test/set-vectors
  if (process.env.WRITE_VECTORS) writeFileSync(vectorFile(name), vectorText(oracle() as Record<string, string>));
  return JSON.parse(readFileSync(vectorFile(name), "utf8")) as Vectors;
}

const mapping = readVectors("mapping", mappingVectors);
const root = readVectors("root", rootVectors);
const sketch = readVectors("sketch", sketchVectors);

describe("the vector files", () => {
  it.each([
    ["mapping", mappingVectors],
    ["root", rootVectors],
    ["sketch", sketchVectors],
  ] as const)("%s.json is, byte for byte, what the oracle makes of its inputs", (name, oracle) => {
    expect(readFileSync(vectorFile(name), "utf8")).toBe(vectorText(oracle()));
  });
});

describe("mapping.json", () => {
  it.each(mapping.elements)("element $element", ({ element, check, indices }) => {
    const high = Number(BigInt(element) >> 32n);
    const low = Number(BigInt(element) & 0xffffffffn);
    expect([...mapped.subarray(0, mapElement(high, low, 32_768))]).toEqual(indices);
    expect(elementCheck(high, low) >>> 0).toBe(check);
  });
});

describe("root.json", () => {
  it.each(root.sets)("$name", ({ ranges, count, state, root: expected }) => {
    const actual = new RootState();
    for (const [from, to] of ranges) for (const digest of digestsOf(from, to)) actual.add(digest);
    expect(actual.count).toBe(count);
    expect(hex(actual.toBytes())).toBe(state);
    expect(hex(actual.root())).toBe(expected);
    expect(hex(RootState.fromBytes(count, Buffer.from(state, "hex")).root())).toBe(expected);
  });
});

function sketchOf([from, to]: readonly [number, number], cells: number, window: number): Sketch {
  const made = Sketch.of(cells);
  for (const digest of digestsOf(from, to)) made.add(digest, window);
  return made;
}

describe("sketch.json", () => {
  it.each(sketch.sketches)("n $n, $cells cells, window $window", ({ n, cells, window, bytes }) => {
    const made = sketchOf([0, n], cells, window);
    expect(hex(made.toBytes(n))).toBe(bytes);
    expect(sketchFromBytes(Buffer.from(bytes, "hex"), n)).toEqual(made);
  });

  it("empty cells, whatever n", () => {
    for (const [n, bytes] of sketch.emptyCells) {
      expect(hex(Sketch.of(8).toBytes(Number(n)))).toBe(bytes);
      expect(sketchFromBytes(Buffer.from(bytes!, "hex"), Number(n))).toEqual(Sketch.of(8));
    }
  });

  it("expected counts", () => {
    for (const [n, index, count] of sketch.expectedCounts) {
      expect(String(expectedCount(Number(n), Number(index)))).toBe(count);
    }
  });

  it.each(sketch.refused)("refused: $fault", ({ bytes }) => {
    expect(() => sketchFromBytes(Buffer.from(bytes, "hex"), 0)).toThrow(
      expect.objectContaining({ code: "invalid-message" }),
    );
  });

  it.each(sketch.differences)(
    "$a less $b, $cells cells, window $window",
    ({ a, b, cells, window, decodes, ...only }) => {
      const result = peel(sketchOf(a, cells, window).minus(sketchOf(b, cells, window)));
      expect(result !== null).toBe(decodes);
      const sorted = (bytes: Uint8Array | undefined) => (bytes && hex(bytes).match(/.{16}/g)?.sort()) ?? [];
      expect(sorted(result?.onlyA)).toEqual(only.onlyA ?? []);
      expect(sorted(result?.onlyB)).toEqual(only.onlyB ?? []);
    },
  );
});
