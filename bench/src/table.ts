import type { Entry } from "./bench.js";
import { isMet, targetOf } from "./targets.js";

const columns = [
  { title: "figure", width: 36 },
  { title: "median", width: 11 },
  { title: "unit", width: 11 },
  { title: "target", width: 10 },
  { title: "baseline", width: 10 },
  { title: "ratio", width: 7 },
  { title: "best", width: 10 },
  { title: "by CPU", width: 10 },
  { title: "rounds", width: 7 },
];

export const header = line(columns.map(({ title }) => title));

/** A figure as a line of the table, with its target if it is to be judged by that. */
export function row(entry: Entry, judged = true): string {
  const target = judged ? targetOf(entry) : undefined;
  const bound = target && (target.most === undefined ? `>= ${target.least}` : `<= ${target.most}`);
  const { name, value, unit, baseline, ratio, best, cpu, rounds } = entry;
  const missed = target && !isMet(target, entry) ? "  missed" : "";
  const cells = [name, number(value), unit, bound, ...[baseline, ratio, best, cpu].map(number), rounds?.toString()];
  return line(cells) + missed;
}

/** Names and units to the left, everything else to the right. */
function line(cells: readonly (string | undefined)[]): string {
  return columns
    .map(({ width }, index) => {
      const cell = cells[index] ?? "";
      return index === 0 || index === 2 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join(" ")
    .trimEnd();
}

/** Three digits that count, and whole numbers in full. */
function number(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  return Math.abs(value) >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();
}
