import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build, defaultClientConditions, type Rollup } from "vite";
import { repositoryFolder } from "../repository.js";
import type { FirstSync, Run } from "./page.js";

const candidates = [
  process.env.DIGEST_SYNC_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The browser of this machine; undefined: there is none. */
export const browserPath = candidates.find((path) => path !== undefined && existsSync(path));

/** page.ts as a browser gets it, from the sources: the code of each file by name. */
export async function buildPage(): Promise<ReadonlyMap<string, string>> {
  const built = (await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@digest-sync/source", ...defaultClientConditions] },
    build: {
      ...{ write: false, target: "es2022", modulePreload: false },
      rollupOptions: {
        input: join(repositoryFolder(), "bench/src/first-sync/page.ts"),
        output: { entryFileNames: "page.js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  })) as Rollup.RollupOutput;
  return new Map(built.output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code] as const] : [])));
}

/** A page of the app in a browser without a window, which talks to nobody else. */
export async function openPage(url: string): Promise<{ browser: Browser; page: Page }> {
  const browser = await chromium.launch({
    executablePath: browserPath!,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${url}/page/`);
    await page.waitForFunction("globalThis.firstSync !== undefined");
    return { browser, page };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Runs one side in the page. */
export function runIn(page: Page, side: keyof FirstSync, rows: number, keepBodies = false): Promise<Run> {
  return page.evaluate(
    ([side, rows, keepBodies]) => (globalThis as unknown as { firstSync: FirstSync }).firstSync[side](rows, keepBodies),
    [side, rows, keepBodies] as const,
  );
}

/** The CPU time of all the browser's processes together, in milliseconds. */
export async function cpuClock(browser: Browser): Promise<() => Promise<number>> {
  const session = await browser.newBrowserCDPSession();
  return async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0);
  };
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds, by the clock and by CPU time. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The longest tasks of the page's main thread while `work` runs, in milliseconds. */
export async function longestTask(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<{ wall: number; cpu: number }> {
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
  const main = new Set(
    traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(threadOf),
  );
  const tasks = traceEvents.filter(
    (event) => event.name === "RunTask" && event.ph === "X" && main.has(threadOf(event)),
  );
  if (tasks.length === 0) throw new Error("The browser's trace has no tasks of the page.");
  const longest = (times: readonly number[]) => times.reduce((a, b) => Math.max(a, b), 0) / 1000;
  return { wall: longest(tasks.map(({ dur = 0 }) => dur)), cpu: longest(tasks.map(({ tdur = 0 }) => tdur)) };
}
