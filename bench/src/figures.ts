import type { Entry } from "./bench.js";
import { median, type Timing } from "./harness.js";

/** One value for each round, in the unit of a figure. */
export interface Samples {
  readonly wall: readonly number[];
  /** By CPU time in place of wall-clock time. */
  readonly cpu?: readonly number[];
}

/** Timings in the unit of a figure. `convert` makes it of milliseconds. */
export function samples(timings: readonly Timing[], convert: (milliseconds: number) => number): Samples {
  return { wall: timings.map(({ wall }) => convert(wall)), cpu: timings.map(({ cpu }) => convert(cpu)) };
}

/** A figure out of samples: their median, the best, and how it compares with the median of others. */
export function figure(
  name: string,
  unit: string,
  { wall, cpu }: Samples,
  { baseline, best = Math.min }: { baseline?: Samples; best?: (...values: number[]) => number } = {},
): Entry {
  const value = median(wall);
  const compared = baseline && median(baseline.wall);
  return {
    ...{ name, value, unit },
    ...(compared === undefined ? {} : { baseline: compared, ratio: value / compared }),
    ...{ best: best(...wall), rounds: wall.length },
    ...(cpu && { cpu: median(cpu) }),
  };
}

/**
 * A ratio as a figure of its own, by the name that targets are set for: the median of the ratios of each round, because
 * what disturbs the machine for a while disturbs both sides of a round.
 */
export function ratioFigure(name: string, ours: readonly number[], theirs: readonly number[]): Entry {
  const ratio = median(ours.map((value, round) => value / theirs[round]!));
  return { name, value: ratio, unit: "x", baseline: 1, ratio, rounds: ours.length };
}
