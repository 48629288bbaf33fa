import { encodeVerifyAnswer } from "@digest-sync/core";
import { expect, test } from "vitest";
import { thirds } from "../src/changes.js";
import { figure, ratioFigure } from "../src/figures.js";
import { interleave, median, percentile } from "../src/harness.js";
import { Meter } from "../src/metered-fetch.js";
import { isMet, targetOf } from "../src/targets.js";

test("the median of an odd and of an even number of values", () => {
  expect(median([30, 1, 2])).toBe(2);
  expect(median([10, 1, 3, 2])).toBe(2.5);
});

test("99 of 100 are no more than the 99th percentile: of 300 runs, three may take more requests", () => {
  const runs = (more: number) => Array.from({ length: 300 }, (_, run) => (run < more ? 3 : 1));
  expect(percentile(runs(3), 0.99)).toBe(1);
  expect(percentile(runs(4), 0.99)).toBe(3);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99)).toBe(10);
});

test("rounds go from side to side and back, and the warm-up does not count", async () => {
  const order: string[] = [];
  const side = (name: string) => (counts: boolean) => {
    order.push(counts ? name : name.toLowerCase());
    return { wall: order.length, cpu: 0 };
  };
  const { A, B } = await interleave({ A: side("A"), B: side("B") }, 3);
  expect(order.join(" ")).toBe("a b b a A B B A A B");
  expect(A.map(({ wall }) => wall)).toEqual([5, 8, 9]);
  expect(B.map(({ wall }) => wall)).toEqual([6, 7, 10]);
});

test("a figure is a median beside the median of its baseline; a ratio is the median of the rounds' ratios", () => {
  expect(figure("a", "us", { wall: [3, 1, 2] }, { baseline: { wall: [4, 4, 9] } })).toMatchObject({
    ...{ name: "a", value: 2, unit: "us", baseline: 4, ratio: 0.5, best: 1, rounds: 3 },
  });
  expect(figure("a", "rows/s", { wall: [3, 1, 2] }, { best: Math.max }).best).toBe(3);
  expect(ratioFigure("a.ratio", [2, 30, 5], [1, 10, 1])).toMatchObject({ value: 3, unit: "x", ratio: 3, rounds: 3 });
});

test("changes are a third each, over all runs exactly", () => {
  expect(thirds(1000, 0)).toEqual({ inserted: 334, updated: 333, deleted: 333 });
  for (const changed of [0, 1, 2, 3, 10, 100]) {
    const runs = [0, 1, 2].map((run) => thirds(changed, run));
    for (const { inserted, updated, deleted } of runs) expect(inserted + updated + deleted).toBe(changed);
    for (const kind of ["inserted", "updated", "deleted"] as const) {
      expect(runs.reduce((sum, run) => sum + run[kind], 0)).toBe(changed);
    }
  }
});

test("bytes on the wire are those of all bodies; the row encodings among them are counted apart", async () => {
  const bytes = (length: number) => new Uint8Array(length).fill(1);
  const rows = { City: [bytes(30), bytes(40)], Contact: [bytes(5)] };
  const answer = encodeVerifyAnswer({
    ...{ type: "changes", base: bytes(32), rows, stale: bytes(16), count: 3, root: bytes(32) },
  });
  const meter = new Meter(async () => new Response(answer as Uint8Array<ArrayBuffer>));
  const response = await meter.fetch("http://x/sync/verify", { method: "POST", body: bytes(100) });
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(answer);
  expect(meter).toMatchObject({ requests: 1, bytes: 100 + answer.length, rowBytes: 75 });
});

test("targets bound figures from above or from below", () => {
  const named = (name: string, value: number) => ({ name, value, unit: "" });
  const met = (entry: ReturnType<typeof named>) => isMet(targetOf(entry)!, entry);
  expect(met(named("wire.n=135k.d=3", 700))).toBe(true);
  expect(met(named("wire.n=135k.d=3", 701))).toBe(false);
  expect(met(named("settle.rows_per_s", 20_000))).toBe(true);
  expect(met(named("settle.rows_per_s", 19_999))).toBe(false);
  expect(targetOf(named("wire.n=2k.d=3", 1))).toBeUndefined();
});
