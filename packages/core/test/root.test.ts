import { describe, expect, it } from "vitest";
import { RootState } from "../src/root.js";
import { digestOf, digestsOf, seeded } from "./seeded.js";
import { oracleRootHex, oracleState, oracleStateHex } from "./set-oracle.js";

function stateOf(digests: readonly Uint8Array[]): RootState {
  const state = new RootState();
  for (const digest of digests) state.add(digest);
  return state;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("the root", () => {
  it.each([0, 1, 2, 10, 500])("of %i rows equals the BigInt oracle's", (count) => {
    const digests = digestsOf(0, count);
    const state = stateOf(digests);
    const lanes = oracleState(digests);
    expect(hex(state.toBytes())).toBe(oracleStateHex(lanes));
    expect(hex(state.root())).toBe(oracleRootHex(BigInt(count), lanes));
  });

  it("does not depend on the order in which rows come", () => {
    const digests = digestsOf(0, 200);
    const random = seeded(5);
    const shuffled = digests
      .map((digest) => ({ digest, order: random() }))
      .sort((a, b) => a.order - b.order)
      .map(({ digest }) => digest);
    expect(shuffled).not.toEqual(digests);
    expect(stateOf(shuffled).root()).toEqual(stateOf(digests).root());
  });

  it("forgets a row that is subtracted, in whatever order", () => {
    const state = stateOf(digestsOf(0, 50));
    for (let number = 10; number < 50; number += 3) state.subtract(digestOf(number));
    for (let number = 10; number < 50; number++) if ((number - 10) % 3 !== 0) state.subtract(digestOf(number));
    expect(state.root()).toEqual(stateOf(digestsOf(0, 10)).root());
    for (let number = 0; number < 10; number++) state.subtract(digestOf(number));
    expect(state.root()).toEqual(new RootState().root());
  });

  it("of a union is that of the merged states, and remove undoes merge", () => {
    const left = stateOf(digestsOf(0, 70));
    const right = stateOf(digestsOf(70, 100));
    const before = left.root();
    left.merge(right);
    expect(left.count).toBe(100);
    expect(left.root()).toEqual(stateOf(digestsOf(0, 100)).root());
    left.remove(right);
    expect(left.count).toBe(70);
    expect(left.root()).toEqual(before);
  });

  it("differs for every one of many sets that differ in little", () => {
    const roots = new Set<string>();
    const state = stateOf(digestsOf(0, 100));
    for (let number = 0; number < 100; number++) {
      state.subtract(digestOf(number));
      roots.add(hex(state.root()));
      state.add(digestOf(number + 1000));
      roots.add(hex(state.root()));
      state.add(digestOf(number + 1000));
      roots.add(hex(state.root()));
      state.subtract(digestOf(number + 1000));
      state.subtract(digestOf(number + 1000));
      state.add(digestOf(number));
    }
    expect(roots.size).toBe(300);
  });

  it("commits to the count as well as to the state", () => {
    const bytes = stateOf(digestsOf(0, 3)).toBytes();
    const counts = [0, 3, 4, 3 + 2 ** 32, 2 ** 53 - 1];
    const roots = counts.map((count) => hex(RootState.fromBytes(count, bytes).root()));
    expect(new Set(roots).size).toBe(counts.length);
    const lanes = oracleState(digestsOf(0, 3));
    expect(roots).toEqual(counts.map((count) => oracleRootHex(BigInt(count), lanes)));
  });

  it("of a count below zero is defined: mod 2^64", () => {
    const state = new RootState();
    state.subtract(digestOf(1));
    expect(hex(state.root())).toBe(
      oracleRootHex(
        (1n << 64n) - 1n,
        oracleState([digestOf(1)]).map((lane) => (-lane + (1n << 32n)) % (1n << 32n)),
      ),
    );
  });

  it("survives a round trip through bytes, wherever they lie", () => {
    const state = stateOf(digestsOf(0, 20));
    const buffer = new Uint8Array(600);
    buffer.set(state.toBytes(), 7);
    const back = RootState.fromBytes(state.count, buffer.subarray(7, 519));
    expect(back.root()).toEqual(state.root());
    back.add(digestOf(20));
    expect(back.root()).toEqual(stateOf(digestsOf(0, 21)).root());
  });

  it("refuses bytes of another length and counts that are no safe integers", () => {
    expect(() => RootState.fromBytes(0, new Uint8Array(511))).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(() => RootState.fromBytes(0, new Uint8Array(513))).toThrow(/got 513 bytes/);
    for (const count of [0.5, Number.NaN, 2 ** 53]) {
      expect(() => RootState.fromBytes(count, new Uint8Array(512))).toThrow(/safe integer/);
    }
  });

  it("refuses digests that have not 32 bytes", () => {
    const state = new RootState();
    expect(() => state.add(new Uint8Array(31))).toThrow(RangeError);
    expect(() => state.subtract(new Uint8Array(33))).toThrow(/got length=33/);
    expect(state.count).toBe(0);
    expect(state.root()).toEqual(new RootState().root());
  });

  it("of a clone goes its own way", () => {
    const state = stateOf(digestsOf(0, 5));
    const clone = state.clone();
    clone.add(digestOf(5));
    expect(state.root()).toEqual(stateOf(digestsOf(0, 5)).root());
    expect(clone.root()).toEqual(stateOf(digestsOf(0, 6)).root());
  });
});

describe("sets crafted to collide", () => {
  /** Two disjoint pairs of digests whose values add up to the same mod 2^32: a birthday search among pairs. */
  function collidingPairs(value: (digest: Uint8Array) => number): [number[], number[]] {
    const seen = new Map<number, number>();
    for (let number = 0; ; number += 2) {
      const sum = (value(digestOf(number)) + value(digestOf(number + 1))) >>> 0;
      const earlier = seen.get(sum);
      if (earlier !== undefined) return [[earlier, earlier + 1], [number, number + 1]]; // biome-ignore format: pairs
      seen.set(sum, number);
    }
  }

  const scratch = new RootState();
  const sums: Record<string, (digest: Uint8Array) => number> = {
    "a plain 32-bit sum of digests": (digest) => Buffer.from(digest).readUInt32LE(0),
    "one lane of the state": (digest) => {
      scratch.lanes.fill(0);
      scratch.add(digest);
      return scratch.lanes[0]!;
    },
  };

  it.each(Object.keys(sums))("under %s do not collide under the root", (name) => {
    const value = sums[name]!;
    const [left, right] = collidingPairs(value);
    const sumOf = (numbers: number[]) => numbers.reduce((sum, number) => (sum + value(digestOf(number))) >>> 0, 0);
    expect(sumOf(left)).toBe(sumOf(right));
    expect(left).not.toEqual(right);

    const leftState = stateOf(left.map(digestOf));
    const rightState = stateOf(right.map(digestOf));
    expect(leftState.root()).not.toEqual(rightState.root());
    const equalLanes = leftState.lanes.filter((lane, index) => lane === rightState.lanes[index]).length;
    expect(equalLanes).toBeLessThanOrEqual(1);
  });
});
