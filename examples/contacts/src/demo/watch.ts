import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "./stage.js";
import { playScene, type Step } from "./story.js";

/** Keeps the device up to date once a second; yields a step whenever that brought something, until the signal fires. */
export async function* watch(stage: Stage, signal: AbortSignal): AsyncGenerator<Step> {
  while (!signal.aborted) {
    const cost = await stage.ada.sync(false);
    if (cost.rows > 0)
      yield await playScene(stage, { name: "you changed something", play: async () => ({ what: "", cost }) });
    // Rejects when the signal fires, which is the way out and no error.
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
}
