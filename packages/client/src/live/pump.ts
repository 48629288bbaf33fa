import type { DigestSyncError } from "@digest-sync/core";
import type { Environment } from "../environment.js";
import type { SyncOptions, SyncResult } from "../options.js";

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 300_000;
/** Between two syncs of a server that changes faster than syncs go. */
const BUSY_PAUSE = 1_000;

export interface PumpOptions {
  readonly sync: (options: SyncOptions) => Promise<SyncResult>;
  readonly environment: Environment;
  /** Milliseconds that the first sync waits for somebody to ask for it. */
  readonly patience: number;
  /** Milliseconds until a sync is due though nobody asked for one; undefined: never. Asked after each sync. */
  readonly every: () => number | undefined;
  /** Called with when the next attempt is due after a failure, and with undefined when it begins. */
  readonly onRetry: (at: number | undefined) => void;
  /** Ends a sync that runs: only when the app stops. */
  readonly stopped: AbortSignal;
}

/** Exponential, with full jitter. */
export function backoff(failures: number, environment: Environment): number {
  return environment.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
}

/** Runs syncs, one at a time. Wishes that come while one runs are one more. */
export class Pump {
  private isWanted = false;
  private nudge: () => void = () => {};

  constructor(private readonly options: PumpOptions) {}

  /** Asks for a sync. */
  want(): void {
    this.isWanted = true;
    this.nudge();
  }

  /** Until the signal fires; a sync that runs then is finished first. */
  async run(signal: AbortSignal): Promise<void> {
    const { sync, environment, patience, onRetry, stopped } = this.options;
    let failures = 0;
    await this.pause(patience, signal, true);
    while (!signal.aborted) {
      this.isWanted = false;
      try {
        const { inSync } = await sync({ signal: stopped });
        failures = 0;
        await this.pause(inSync ? this.options.every() : BUSY_PAUSE, signal, inSync);
      } catch (error) {
        if (stopped.aborted) return;
        failures += 1;
        const { retryAfter = 0 } = error as DigestSyncError;
        const pause = retryAfter * 1000 + backoff(failures, environment);
        onRetry(environment.now() + pause);
        // A hint does not shorten it: the server is in trouble, or we are.
        await this.pause(pause, signal, false);
        onRetry(undefined);
      }
    }
  }

  /** @param isOpen whether a wish ends it early */
  private async pause(milliseconds: number | undefined, signal: AbortSignal, isOpen: boolean): Promise<void> {
    if (signal.aborted || (isOpen && this.isWanted)) return;
    const timer = new AbortController();
    const end = () => timer.abort();
    signal.addEventListener("abort", end);
    if (isOpen) this.nudge = end;
    try {
      if (milliseconds !== undefined) await this.options.environment.sleep(milliseconds, timer.signal);
      else await new Promise((resolve) => timer.signal.addEventListener("abort", resolve));
    } finally {
      this.nudge = () => {};
      signal.removeEventListener("abort", end);
      end();
    }
  }
}
