import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";

/**
 * What an app was told is committed. Written at once and by the kernel, so that it survives the app: a step that is not
 * in here was not acknowledged, and one that is must be in the database.
 */
export class Ledger {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  acknowledged(lane: number, index: number): void {
    writeSync(this.#file, `${lane} ${index}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The number of the last acknowledged step of each lane. */
export function readLedger(path: string): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  if (!existsSync(path)) return last;
  for (const line of readFileSync(path, "utf8").split("\n").slice(0, -1)) {
    const [lane, index] = line.split(" ").map(Number) as [number, number];
    last.set(lane, index);
  }
  return last;
}

/** How many acknowledgements there are. */
export function countIn(path: string): number {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}
