/** What a writer or a settler is to do: its first message. */
export interface Task {
  readonly database: string;
  readonly url: string;
  readonly seed: number;
  /** Which of the writers it is. */
  readonly number: number;
  readonly seconds: number;
  /** Kinds of operations to leave out. */
  readonly without: readonly string[];
}

/** What a writer has done. */
export interface Written {
  /** Operations that were written, and those that the database refused by its rules. */
  readonly written: number;
  readonly refused: number;
  /** Transactions that the database ended because they met another, and that were tried again. */
  readonly conflicts: number;
  /** Operations that got no connection or transaction in time. */
  readonly late: number;
  /** Milliseconds of each operation that was written. */
  readonly times: readonly number[];
  readonly faults: readonly string[];
}

export type WriterSays = { readonly say: "ready" } | { readonly say: "done"; readonly written: Written };

export type SettlerSays =
  | { readonly say: "ready" }
  | { readonly say: "done"; readonly settled: number; readonly faults: readonly string[] };
