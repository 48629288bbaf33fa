import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What one round took, in milliseconds. */
export interface Timing {
  readonly wall: number;
  /** User and system time of the whole process, the garbage collector's threads included. */
  readonly cpu: number;
}

/** One of the things compared: does one round, and says what it took. A warm-up round does not count. */
export type Side = (counts: boolean) => Timing | Promise<Timing>;

const warmUpRounds = 2;

/** Measures from here to there. */
export async function timed<Result>(work: () => Result | Promise<Result>): Promise<Timing & { result: Result }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1000, result };
}

/**
 * Runs the sides in turn in one process, each round in the opposite order of the one before: whatever else the machine
 * is doing, it does to all of them. Two warm-up rounds come first, unless there is but one round. Garbage is collected
 * before every round, so that none pays for another's.
 */
export async function interleave<Name extends string>(
  sides: Readonly<Record<Name, Side>>,
  rounds: number,
): Promise<Record<Name, Timing[]>> {
  const names = Object.keys(sides) as Name[];
  const timings = Object.fromEntries(names.map((name) => [name, [] as Timing[]])) as Record<Name, Timing[]>;
  for (let round = rounds > 1 ? -warmUpRounds : 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      collectGarbage();
      const timing = await sides[name](round >= 0);
      if (round >= 0) timings[name].push(timing);
    }
  }
  return timings;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that at least this share of all values do not exceed (nearest rank): nothing is interpolated. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

let collect: ((options: { type: "minor" }) => void) | undefined;

/**
 * V8's collector, also when Node was started without `--expose-gc`. The young generation alone: a full collection throws
 * optimised code away, and the round would measure how it is compiled again.
 */
function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as NonNullable<typeof collect>;
  }
  collect({ type: "minor" });
}
