import { DigestSyncError } from "@digest-sync/core";
import type { SettleContext } from "./context.js";
import { check } from "./install.js";
import { breathe } from "./pages.js";
import type { SettleResult } from "./plan.js";
import { settleBatch } from "./settle.js";

export interface SettlerOptions {
  /** Milliseconds between two looks for writes that nobody poked about. Default 1,000. */
  readonly every?: number;
  /** Milliseconds from a poke to the run, so that others join it; five times as many after a run of 50 changes. Default 100. */
  readonly delay?: number;
  /** Called with every error of the background work. Default: the console says once that it fails, and when it works again. */
  onError?(error: unknown): void;
  /** Called when the background work succeeds again after errors. */
  onResumed?(): void;
}

// Milliseconds.
const pauseBetweenLooks = 60_000;
const longestPause = 30_000;
const longestDrain = 2_000;
/** Between two looks while somebody waits to hear of changes. */
const watchedPause = 250;
/** After a run of so many changes, a server at work, the next one waits so many times longer: small batches cost twice as much a row. */
const busyRun = 50;
const busyDelays = 5;

/**
 * The background settler. Nothing depends on it: verification settles what it needs by itself. Its errors never
 * reach the app; it tries again later and later, up to every 30 seconds.
 */
export class Settler {
  readonly #context: SettleContext;
  readonly #every: number;
  readonly #delay: number;
  readonly #onError: (error: unknown) => void;
  readonly #onResumed: () => void;
  readonly #onSettled: (result: SettleResult) => void;
  #isWatched = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #pokedAgain = false;
  #repeats = false;
  #holds = 0;
  /** Nothing was written and nobody started it since the last stop. */
  #idle = true;
  #failures = 0;
  /** It failed, and has not succeeded since. */
  #failing = false;
  #nextLook = 0;
  /** Until then others may join a poke. */
  #restsUntil = 0;

  constructor(context: SettleContext, options: SettlerOptions, onSettled: (result: SettleResult) => void) {
    this.#context = context;
    this.#every = options.every ?? 1_000;
    this.#delay = options.delay ?? 100;
    const told = onConsole();
    this.#onError = guarded(options.onError ?? told.onError);
    this.#onResumed = () => {
      if (!options.onError) told.onResumed();
      options.onResumed?.();
    };
    this.#onSettled = onSettled;
  }

  /** Something was probably written. Returns at once; many pokes make one run. */
  poke(): void {
    this.#idle = false;
    if (this.#running || this.#holds > 0) this.#pokedAgain = true;
    else if (this.#failures === 0) this.#scheduleSoon();
  }

  /** Also looks by itself from now on: other processes write without poking. */
  start(): void {
    this.#idle = false;
    this.#repeats = true;
    this.#schedule(this.#delay);
  }

  /** Whether somebody waits to hear of changes: then it looks more often by itself. */
  watched(isWatched: boolean): void {
    this.#isWatched = isWatched;
    if (isWatched && this.#repeats && !this.#running && this.#failures === 0) this.#schedule(watchedPause);
  }

  /** The installation has changed: forget what was known of it, and what failed because of it. */
  reconsider(): void {
    this.#nextLook = 0;
    this.#failures = 0;
    this.poke();
  }

  /** Stops looking, and settles what is pending unless that fails or takes too long: it stays in the database. */
  async stop(): Promise<void> {
    await this.halt();
    if (!this.#idle && this.#failures === 0) await this.#run(performance.now() + longestDrain);
    this.#cancel();
    this.#idle = true;
  }

  /**
   * Holds the background work off while the foreground settles: two that take turns would share the rows, and neither
   * could say when all are settled. Returns the function that lets it go on.
   */
  async hold(): Promise<() => void> {
    this.#holds += 1;
    this.#cancel();
    await this.#running;
    return () => {
      this.#holds -= 1;
      this.#next();
    };
  }

  /** Stops looking, and leaves what is pending where it is. */
  async halt(): Promise<void> {
    this.#repeats = false;
    this.#cancel();
    await this.#running;
    this.#cancel();
  }

  #scheduleSoon(): void {
    const rest = this.#restsUntil - performance.now();
    this.#schedule(Math.max(this.#delay, this.#isWatched ? Math.min(rest, watchedPause) : rest));
  }

  #schedule(pause: number): void {
    if (this.#holds > 0) return;
    const due = performance.now() + pause;
    if (due >= this.#due) return;
    this.#cancel();
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        this.#next();
      });
    }, pause);
    // A process that has nothing else to do may end: what is pending stays in the database.
    this.#timer.unref?.();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }

  #next(): void {
    if (this.#failures > 0) this.#schedule(Math.min(longestPause, this.#every * 2 ** Math.min(this.#failures, 10)));
    else if (this.#pokedAgain) this.#scheduleSoon();
    else if (this.#repeats) this.#schedule(this.#isWatched ? Math.min(this.#every, watchedPause) : this.#every);
    this.#pokedAgain = false;
  }

  /** Now and then, not once: a migration that redefines a table on SQLite drops its triggers while the app runs. */
  async #lookAtInstallation(): Promise<void> {
    if (performance.now() < this.#nextLook) return;
    const { ok, problems } = await check(this.#context);
    if (!ok) throw new DigestSyncError("not-installed", problems.join("\n"));
    this.#nextLook = performance.now() + pauseBetweenLooks;
  }

  async #run(deadline = Number.POSITIVE_INFINITY): Promise<void> {
    try {
      await this.#lookAtInstallation();
      let settled = 0;
      while (performance.now() < deadline) {
        const result = await settleBatch(this.#context);
        settled += result.settled;
        if (result.settled > 0) this.#onSettled(result);
        this.#succeeded();
        if (!result.more) break;
        await breathe();
      }
      if (settled >= busyRun) this.#restsUntil = performance.now() + busyDelays * this.#delay;
    } catch (error) {
      this.#failures += 1;
      this.#failing = true;
      this.#onError(error);
    }
  }

  #succeeded(): void {
    this.#failures = 0;
    if (!this.#failing) return;
    this.#failing = false;
    try {
      this.#onResumed();
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** An error handler that throws would end the process as an unhandled rejection. */
export function guarded(onError: (error: unknown) => void): (error: unknown) => void {
  let warned = false;
  return (error) => {
    try {
      onError(error);
    } catch (thrown) {
      if (!warned) console.warn("digest-sync: the onError handler itself threw.", thrown);
      warned = true;
    }
  };
}

/**
 * Says on the console that the work fails, once and not once an attempt, and that it works again. A missing installation is
 * another matter than a database that went away.
 */
function onConsole(): Required<Pick<SettlerOptions, "onError" | "onResumed">> {
  const said = new Set<string>();
  return {
    onError(error) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      const meaning =
        code === "not-installed"
          ? "writes are not (all) captured, and clients cannot sync until this is mended."
          : "settling in the background failed and goes on trying; nothing is lost.";
      if (said.has(meaning)) return;
      said.add(meaning);
      console.warn(`digest-sync: ${meaning} ${String(message).replaceAll(/\s+/g, " ").trim()}`);
    },
    onResumed() {
      said.clear();
      console.info("digest-sync: settling in the background works again.");
    },
  };
}
