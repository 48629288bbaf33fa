import { readFileSync, writeFileSync } from "node:fs";
import type { Operation } from "../operations/operation.js";

/** Writes to an empty database after which something is wrong. */
export interface Script {
  readonly database: string;
  readonly seed: number;
  /** What was wrong. */
  readonly faults: readonly string[];
  readonly operations: readonly Operation[];
}

export function writeScript(path: string, { operations, ...head }: Script): void {
  const lines = operations.map((operation) => `  ${JSON.stringify(operation)}`);
  writeFileSync(path, `${JSON.stringify(head).slice(0, -1)},"operations":[\n${lines.join(",\n")}\n]}\n`);
}

export function readScript(path: string): Script {
  return JSON.parse(readFileSync(path, "utf8")) as Script;
}
