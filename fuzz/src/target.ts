import type { Findings } from "./finding.js";

/** What every target is told. */
export interface TargetOptions {
  readonly seed: number;
  /** When to stop, as performance.now() tells it. */
  readonly until: number;
  readonly findings: Findings;
  /** Of the server's database. */
  readonly scale: number;
  print(line: string): void;
}
