import type { Step } from "./story.js";
import { bytes, grouped } from "./units.js";

/** Columns after the first, with their widths. */
const columns: readonly (readonly [title: string, width: number])[] = [
  ["requests", 8],
  ["up", 7],
  ["down", 7],
  ["rows", 7],
  ["ms", 6],
  ["equal?", 6],
  ["full copy", 9],
];
const firstWidth = 53;

export const header: readonly string[] = [
  line(
    "what happened",
    columns.map(([title]) => title),
  ),
  line(
    "-".repeat(firstWidth),
    columns.map(([, width]) => "-".repeat(width)),
  ),
];

/** A step as a line of the table. */
export function row(number: number, step: Step): string {
  const { name, what, requests, bytesUp, bytesDown, rows, ms, equal, fullBytes } = step;
  const happened = `${String(number).padStart(2)} ${name}${what === "" ? "" : `: ${what}`}`;
  const verdict = equal === null ? "-" : equal ? "yes" : "NO";
  return line(happened, [
    grouped(requests),
    bytes(bytesUp),
    bytes(bytesDown),
    grouped(rows),
    grouped(ms),
    verdict,
    bytes(fullBytes),
  ]);
}

function line(first: string, cells: readonly string[]): string {
  return [first.padEnd(firstWidth), ...cells.map((cell, index) => cell.padStart(columns[index]?.[1] ?? 0))].join("  ");
}

/** What the steps have shown, as far as they went well. */
export function conclusion(steps: readonly Step[]): string[] {
  const compared = steps.reduce((total, step) => total + step.compared, 0);
  const later = steps.slice(1);
  const moved = later.reduce((total, { bytesUp, bytesDown }) => total + bytesUp + bytesDown, 0);
  const full = later.reduce((total, { fullBytes }) => total + fullBytes, 0);
  return [
    `Equal every time: ${grouped(compared)} rows compared with the database, field by field; none missing, none too many.`,
    `After the first sync ${bytes(moved)} went over the wire; full copies would have been ${bytes(full)}.`,
  ];
}

/** What went wrong, one line a step. */
export function faults(steps: readonly Step[]): string[] {
  return steps
    .filter(({ equal }) => equal === false)
    .map(({ name, difference }) => `Not equal after "${name}": ${difference}.`);
}
