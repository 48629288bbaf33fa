import { expect, test } from "vitest";
import { Progress } from "../src/demo/progress.js";
import type { Step } from "../src/demo/story.js";
import { faults, header, row } from "../src/demo/table.js";
import { bytes } from "../src/demo/units.js";
import { Printed } from "./example.js";

const step: Step = {
  ...{ name: "raw SQL", what: "231 contacts", requests: 2, bytesUp: 15_700, bytesDown: 40_100, rows: 231, ms: 12.6 },
  ...{ equal: true, difference: null, compared: 160_634, fullBytes: 26_500_000 },
};

test("a step is one line, aligned with the header", () => {
  const line = row(6, step);
  expect(new Set([...header, line].map(({ length }) => length)).size).toBe(1);
  expect(line.split(/\s{2,}/)).toEqual([
    " 6 raw SQL: 231 contacts",
    ...["2", "15.7 kB", "40.1 kB", "231", "13", "yes", "26.5 MB"],
  ]);
});

test("equal, refused and unequal steps are told apart", () => {
  const verdict = (equal: Step["equal"]) =>
    row(1, { ...step, equal })
      .split(/\s{2,}/)
      .at(-2);
  expect([true, null, false].map(verdict)).toEqual(["yes", "-", "NO"]);
  expect(faults([step, { ...step, equal: null }])).toEqual([]);
  expect(faults([{ ...step, equal: false, difference: "City 1 is not on the device" }])).toEqual([
    'Not equal after "raw SQL": City 1 is not on the device.',
  ]);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [4_149, "4.1 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [38_240_000, "38.2 MB"],
])("%d bytes are %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});

test("progress is a bar on a terminal, and elsewhere one line when it is done", () => {
  const terminal = Object.assign(new Printed(), { isTTY: true });
  const pipe = new Printed();
  for (const output of [terminal, pipe]) {
    const progress = new Progress(output);
    progress.report("Seeding", 10, 40);
    progress.report("Seeding", 40, 40);
    progress.end();
  }
  expect(terminal.text).toMatch(
    /^\rSeeding +█{8}░{22} +25% {2}10 rows\rSeeding +█{30} 100% {2}40 rows\rSeeding: 40 rows/,
  );
  expect(pipe.text).toMatch(/^Seeding: 40 rows in \d+\.\d s\n$/);
});
