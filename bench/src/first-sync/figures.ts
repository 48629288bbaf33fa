import type { Context, Entry } from "../bench.js";
import { figure, ratioFigure, samples } from "../figures.js";
import { median, type Timing } from "../harness.js";
import type { Bodies } from "./bodies.js";

/** What is the same whatever rows are stored in. */
export interface Sides {
  times(): Promise<{ readonly ours: readonly Timing[]; readonly theirs: readonly Timing[] }>;
  bytes(): Promise<{ readonly ours: Bodies; readonly theirs: Bodies }>;
}

/** The names of the figures for one kind of store. */
export const namesOf = (prefix: string) =>
  ({
    ratio: `${prefix}.ratio`,
    seconds: `${prefix}.s`,
    bytes: `${prefix}.bytes.ratio`,
    gzip: `${prefix}.gzip.bytes.ratio`,
  }) as const;

/** Those of the figures that are wanted. */
export async function* compared(prefix: string, context: Context, sides: Sides): AsyncGenerator<Entry> {
  const names = namesOf(prefix);
  if (context.wanted(names.ratio, names.seconds)) {
    const { ours, theirs } = await sides.times();
    yield ratioOf(names.ratio, ours, theirs);
    const toSeconds = (ms: number) => ms / 1000;
    yield figure(names.seconds, "s", samples(ours, toSeconds), { baseline: samples(theirs, toSeconds) });
  }
  if (context.wanted(names.bytes, names.gzip)) {
    const { ours, theirs } = await sides.bytes();
    yield ratioFigure(names.bytes, [ours.plain], [theirs.plain]);
    yield ratioFigure(names.gzip, [ours.gzip], [theirs.gzip]);
  }
}

function ratioOf(name: string, ours: readonly Timing[], theirs: readonly Timing[]): Entry {
  const by = (kind: keyof Timing) => [ours.map((one) => one[kind]), theirs.map((one) => one[kind])] as const;
  const [cpu, plainCpu] = by("cpu");
  return { ...ratioFigure(name, ...by("wall")), cpu: median(cpu.map((value, round) => value / plainCpu[round]!)) };
}
