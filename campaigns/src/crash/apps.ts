import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Child } from "../child.js";
import { Position } from "./lane.js";
import { countIn, readLedger } from "./ledger.js";
import type { AppSays, AppTask } from "./messages.js";

/** Concurrent writers in one app. */
const lanesOfApp = 4;

export interface AppOptions {
  readonly database: string;
  readonly url: string;
  readonly seed: number;
  /** Where its ledgers are. */
  readonly folder: string;
}

/** One app, that may die and start again: its lanes and what it was told of them. */
export class App {
  readonly positions: ReadonlyMap<number, Position>;
  readonly #options: AppOptions;
  readonly #name: number;
  #starts = 0;
  #process: Child<AppSays> | undefined;

  constructor(options: AppOptions, name: number) {
    this.#options = options;
    this.#name = name;
    const lanes = Array.from({ length: lanesOfApp }, (_, index) => name * lanesOfApp + index);
    this.positions = new Map(lanes.map((lane) => [lane, new Position(options.seed, lane)]));
  }

  get process(): Child<AppSays> {
    if (!this.#process) throw new Error("The app was not started.");
    return this.#process;
  }

  /** Returns when it begins to write. */
  async start({ warns }: { warns: boolean }): Promise<void> {
    this.#starts += 1;
    const { database, url, seed } = this.#options;
    const positions = [...this.positions].map(([lane, { index }]) => ({ lane, index }));
    const task: AppTask = { database, url, seed, ledger: this.#ledger, positions, warns };
    this.#process = new Child(new URL("./app.js", import.meta.url), task);
    await this.process.hear("ready");
  }

  /** Moves its positions to what it was told so far. @returns the acknowledged steps since the last time */
  readLedger(): number {
    let steps = 0;
    for (const [lane, index] of readLedger(this.#ledger)) {
      const position = this.positions.get(lane);
      if (!position || index + 1 <= position.index) continue;
      steps += index + 1 - position.index;
      position.advance(index + 1);
    }
    return steps;
  }

  /** How far each lane is acknowledged. */
  get acknowledged(): readonly number[] {
    const ledger = readLedger(this.#ledger);
    return [...this.positions.keys()].map((lane) => ledger.get(lane) ?? -1);
  }

  /** Returns when so many writes were acknowledged since it started, or it has ended. */
  async hasWritten(writes: number): Promise<void> {
    while (this.process.alive && countIn(this.#ledger) < writes) await pause(2);
  }

  /** One ledger for each start: a line that a kill cut short is the last. */
  get #ledger(): string {
    return join(this.#options.folder, `app-${this.#name}-${this.#starts}`);
  }
}
