import type { Entry } from "./bench.js";

/** What a figure must be. */
export interface Target {
  readonly name: string;
  readonly most?: number;
  readonly least?: number;
  /** Depends on how fast the machine is and on what else it is doing. The others come out the same everywhere. */
  readonly clock: boolean;
}

const bytes: readonly (readonly [number, number])[] = [
  [0, 150],
  [1, 700],
  [3, 700],
  [10, 800],
  [100, 7_000],
  [1_000, 56_000],
];

const targets: readonly Target[] = [
  { name: "encode_digest.us_per_row", most: 2.5, clock: true },
  { name: "root.us_per_row", most: 2, clock: true },
  { name: "sketch.us_per_row", most: 0.3, clock: true },
  { name: "peel.ms.d=10000", most: 30, clock: true },
  { name: "settle.rows_per_s", least: 20_000, clock: true },
  { name: "write.create.ratio", most: 1.2, clock: true },
  { name: "write.update.ratio", most: 1.2, clock: true },
  { name: "write.createMany.ratio", most: 1.3, clock: true },
  { name: "postgresql.settle.rows_per_s", least: 25_000, clock: true },
  { name: "postgresql.write.create.ratio", most: 1.08, clock: true },
  { name: "postgresql.write.update.ratio", most: 1.08, clock: true },
  { name: "postgresql.write.createMany.10000.ratio", most: 1.25, clock: true },
  { name: "postgresql.write.sustained.ratio", least: 0.8, clock: true },
  { name: "mysql.write.create.ratio", most: 1.15, clock: true },
  { name: "mysql.write.update.ratio", most: 1.15, clock: true },
  { name: "mysql.write.createMany.10000.ratio", most: 1.3, clock: true },
  { name: "verify.unchanged.ratio", least: 0.5, clock: true },
  ...["sqlite", "indexeddb"].flatMap((store) => [
    { name: `first_sync.${store}.ratio`, most: 1.3, clock: true },
    { name: `first_sync.${store}.bytes.ratio`, most: 1, clock: false },
    { name: `first_sync.${store}.gzip.bytes.ratio`, most: 1, clock: false },
  ]),
  { name: "first_sync.indexeddb.longest_block_ms", most: 50, clock: true },
  ...bytes.flatMap(([changed, most]) => [
    { name: `wire.n=135k.d=${changed}`, most, clock: false },
    { name: `wire.n=135k.d=${changed}.requests.p99`, most: 2, clock: false },
  ]),
];

export function targetOf({ name }: Entry): Target | undefined {
  return targets.find((target) => target.name === name);
}

export function isMet({ most = Number.POSITIVE_INFINITY, least = 0 }: Target, { value }: Entry): boolean {
  return value >= least && value <= most;
}
