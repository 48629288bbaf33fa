import type { Browser, Page } from "playwright-core";
import type { Bench } from "../bench.js";
import { sqlite } from "../databases/sqlite.js";
import { type Bodies, sizesOf } from "../first-sync/bodies.js";
import { browserPath, buildPage, cpuClock, longestTask, openPage, runIn } from "../first-sync/browser.js";
import { compared, namesOf } from "../first-sync/figures.js";
import type { FirstSync } from "../first-sync/page.js";
import { serve } from "../first-sync/serve.js";
import { interleave, type Timing, timed } from "../harness.js";
import type { Size } from "../size.js";

const prefix = "first_sync.indexeddb";
const block = `${prefix}.longest_block_ms`;
const names = [...Object.values(namesOf(prefix)), block];

export const firstSyncIndexedDb: Bench = {
  title: "The first sync into IndexedDB, against JSON stored in IndexedDB (Chromium, Nest on Express; real rows)",
  kind: { ...sqlite, title: "Chromium", isThere: async () => browserPath !== undefined },
  names: () => names,
  async *run(context) {
    if (!context.wanted(...names)) return;
    const { cities, rounds } = context.size.firstSync;
    context.progress(`${cities} rows, ${rounds} times`);
    const app = await serve(context.databases, cities, await buildPage());
    try {
      const { browser, page } = await openPage(app.url);
      try {
        yield* compared(prefix, context, {
          times: () => times(browser, page, context.size.firstSync),
          bytes: async () => ({ ours: await bytes(page, "ours", cities), theirs: await bytes(page, "theirs", cities) }),
        });
        if (context.wanted(block)) {
          const { wall, cpu } = await longestTask(browser, page, () => runIn(page, "ours", cities));
          yield { name: block, value: wall, unit: "ms", cpu, rounds: 1 };
        }
      } finally {
        await browser.close();
      }
    } finally {
      await app.close();
    }
  },
};

async function times(browser: Browser, page: Page, { cities, rounds }: Size["firstSync"]) {
  const browserCpu = await cpuClock(browser);
  const side = (name: keyof FirstSync) => async (): Promise<Timing> => {
    const before = await browserCpu();
    const { cpu: serverCpu, result } = await timed(() => runIn(page, name, cities));
    if (name === "ours" && result.progress === 0) throw new Error("Nobody was told how far the sync is.");
    return { wall: result.ms, cpu: serverCpu + (await browserCpu()) - before };
  };
  return interleave({ ours: side("ours"), theirs: side("theirs") }, rounds);
}

async function bytes(page: Page, side: keyof FirstSync, rows: number): Promise<Bodies> {
  const { bodies } = await runIn(page, side, rows, true);
  return sizesOf(bodies.map((body) => Buffer.from(body, "base64")));
}
