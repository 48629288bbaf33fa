import type { Databases, Kind } from "./databases/kind.js";
import type { Size } from "./size.js";

/** One figure. The first five properties are what `--json` prints. */
export interface Entry {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the figure is compared with, in the same unit, measured in turn with it. */
  readonly baseline?: number;
  /** value / baseline */
  readonly ratio?: number;
  /** The best of all rounds; a median that is far from it was measured on a busy machine. */
  readonly best?: number;
  readonly rounds?: number;
  /** The same by CPU time of this process in place of wall-clock time: other processes disturb it less. */
  readonly cpu?: number;
}

/** What a bench is given. */
export interface Context {
  readonly size: Size;
  readonly databases: Databases;
  /** Whether one of these figures is asked for. */
  wanted(...names: readonly string[]): boolean;
  /** Says what is being done, for whoever waits. */
  progress(what: string): void;
}

/** One file of `benches/`. */
export interface Bench {
  /** What is compared with what, in one line. */
  readonly title: string;
  /** What its databases are. */
  readonly kind: Kind;
  /** The figures it can yield, given the size. */
  names(size: Size): readonly string[];
  /** Those of its figures that are wanted, in the order of `names`. */
  run(context: Context): AsyncIterable<Entry>;
}
