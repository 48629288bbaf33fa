/** The contents of test/vectors/{mapping,root,sketch}.json, from the oracle alone: none of src has a say in them. */
import { digestOf, digestsOf } from "./seeded.js";
import {
  oracleCheck,
  oracleDecodes,
  oracleElement,
  oracleExpectedCount,
  oracleIndices,
  oracleRootHex,
  oracleSketch,
  oracleSketchHex,
  oracleState,
  oracleStateHex,
} from "./set-oracle.js";

const NUMBERED =
  'Digest k is the SHA-256 of k\'s decimal text, without leading zeros: digest 0 is SHA-256("0"). A range [from, to] ' +
  "means the digests from, from + 1, ..., to - 1. Byte strings are hexadecimal, 64-bit integers decimal text.";

type Range = readonly [from: number, to: number];

/** A vector file: each list one case a line, so that a difference reads well. */
export function vectorText(vectors: Record<string, string | readonly unknown[]>): string {
  const properties = Object.entries(vectors).map(([name, value]) => {
    const text =
      typeof value === "string"
        ? JSON.stringify(value)
        : `[\n    ${value.map((one) => JSON.stringify(one)).join(",\n    ")}\n  ]`;
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${properties.join(",\n")}\n}\n`;
}

export function mappingVectors() {
  const top = 1n << 64n;
  // The last one's first state is 2^64 - 1, where the formula yields a step of 0.
  const peculiar = [0n, 1n, 1n << 32n, 1n << 63n, 3n << 62n, top - 1n, 0x747c72fcab152a63n];
  const elements = [
    ...peculiar,
    ...[0, 1, 2, 3].flatMap((k) => [0, 1, 2, 3].map((w) => oracleElement(digestOf(k), w))),
  ];
  return {
    description: "Per element its check and its indices below 32768. See PROTOCOL.md, Mapping.",
    elements: elements.map((element) => ({
      element: String(element),
      check: Number(oracleCheck(element)),
      indices: oracleIndices(element, 32_768),
    })),
  };
}

export function rootVectors() {
  const sets: { name: string; ranges: Range[] }[] = [
    { name: "empty", ranges: [] },
    { name: "one", ranges: [[0, 1]] },
    { name: "two", ranges: [[0, 2]] },
    { name: "a hundred", ranges: [[0, 100]] },
    { name: "fifty more", ranges: [[100, 150]] },
    { name: "union of the last two", ranges: [[0, 150]] },
    { name: "the same row twice", ranges: [[0, 1], [0, 1]] }, // biome-ignore format: pairs
    { name: "a thousand", ranges: [[0, 1_000]] },
  ];
  return {
    description: `The root and the 512-byte state of a set. ${NUMBERED}`,
    sets: sets.map(({ name, ranges }) => {
      const digests = ranges.flatMap(([from, to]) => digestsOf(from, to));
      const lanes = oracleState(digests);
      const root = oracleRootHex(BigInt(digests.length), lanes);
      return { name, ranges, count: digests.length, root, state: oracleStateHex(lanes) };
    }),
  };
}

export function sketchVectors() {
  const all = [0, 1, 3, 100, 1_000].flatMap((n) => [1, 32, 100].map((cells) => ({ n, cells, window: 0 })));
  const windows = [3, 1_000].flatMap((n) => [1, 2, 3].map((window) => ({ n, cells: 32, window })));
  const counts = [0n, 1n, 3n, 1_000n, 135_233n, 1n << 31n, 1n << 40n, (1n << 53n) - 1n];
  return {
    description: `Sketches of the digests [0, n] in their wire form, and differences that peel or do not. ${NUMBERED}`,
    sketches: [...all, ...windows].map(({ n, cells, window }) => {
      const elements = digestsOf(0, n).map((digest) => oracleElement(digest, window));
      return { n, cells, window, bytes: oracleSketchHex(oracleSketch(elements, cells), BigInt(n)) };
    }),
    // The same cells, but the number of elements they claim: [n, bytes].
    emptyCells: counts.map((n) => [String(n), oracleSketchHex(oracleSketch([], 8), n)]),
    expectedCounts: counts.flatMap((n) =>
      [0n, 1n, 2n, 7n, 31n, 1_000n, 32_767n].map((index) => [
        String(n),
        Number(index),
        String(oracleExpectedCount(n, index)),
      ]),
    ),
    refused: [
      { fault: "cut off in the fixed part", bytes: "00".repeat(11) },
      { fault: "no count", bytes: "00".repeat(12) },
      { fault: "count does not end", bytes: `${"00".repeat(12)}80` },
      { fault: "count not in its shortest form", bytes: `${"00".repeat(12)}8000` },
      { fault: "count of more than 32 bits", bytes: `${"00".repeat(12)}8080808010` },
      { fault: "second cell cut off", bytes: "00".repeat(14) },
    ],
    differences: [
      difference([0, 100], [0, 100], 32),
      difference([0, 101], [0, 100], 1),
      difference([0, 100], [1, 101], 32),
      difference([0, 105], [3, 107], 32),
      difference([0, 105], [3, 107], 32, 2),
      difference([0, 40], [20, 70], 100),
      difference([0, 40], [20, 70], 32),
      difference([0, 0], [0, 60], 200),
    ],
  };
}

function difference(a: Range, b: Range, cells: number, window = 0) {
  const elementsOf = (range: Range) => digestsOf(...range).map((digest) => oracleElement(digest, window));
  const [inA, inB] = [new Set(elementsOf(a)), new Set(elementsOf(b))];
  const onlyA = [...inA].filter((element) => !inB.has(element));
  const onlyB = [...inB].filter((element) => !inA.has(element));
  const decodes = oracleDecodes([...onlyA, ...onlyB], cells);
  const hex = (elements: readonly bigint[]) => elements.map((element) => element.toString(16).padStart(16, "0")).sort();
  return { a, b, cells, window, decodes, ...(decodes ? { onlyA: hex(onlyA), onlyB: hex(onlyB) } : {}) };
}
