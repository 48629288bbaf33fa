import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../../../fuzz/src/random.js";
import { App, type AppOptions } from "./apps.js";
import type { Site } from "./site.js";

/** An app dies so many acknowledged writes after it began, at most, and so many milliseconds after that. */
const mostWrites = 60;
const longestRest = 30;

export interface KillFigures {
  readonly kills: number;
  /** Writes the apps were told are committed. */
  readonly acknowledged: number;
  /** Writes that were committed although the app died before it was told. */
  readonly unheard: number;
  /** Kills that left changes to be settled, and how many. */
  readonly interrupted: number;
  readonly pending: number;
  readonly seconds: number;
  readonly faults: readonly string[];
}

/** Kills an app that writes and settles, again and again, and looks each time. Ends at the first fault. */
export async function killApps(
  site: Site,
  options: AppOptions & { readonly kills: number; print(line: string): void },
): Promise<KillFigures> {
  const random = new Random(options.seed, 1);
  const app = new App(options, 0);
  const started = performance.now();
  let [kills, acknowledged, unheard, interrupted, pending] = [0, 0, 0, 0, 0];
  const faults: string[] = [];
  while (kills < options.kills && faults.length === 0) {
    try {
      await app.start({ warns: true });
      await app.hasWritten(random.below(mostWrites));
      await pause(random.below(longestRest));
    } finally {
      await app.process.kill();
    }
    kills += 1;
    await site.othersAreGone();
    acknowledged += app.readLedger();
    const left = await site.pending();
    pending += left;
    if (left > 0) interrupted += 1;
    const found = await site.check(app.positions);
    unheard += found.unheard;
    faults.push(...found.faults.map((fault) => `after kill ${kills} of an app: ${fault}`));
    if (kills % 10 === 0)
      options.print(`${kills} apps killed, ${acknowledged} writes acknowledged, ${unheard} unheard`);
  }
  return { kills, acknowledged, unheard, interrupted, pending, seconds: (performance.now() - started) / 1_000, faults };
}
