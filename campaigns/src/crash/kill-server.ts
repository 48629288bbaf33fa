import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../../../fuzz/src/random.js";
import type { Server } from "../servers/server.js";
import { App, type AppOptions } from "./apps.js";
import type { Position } from "./lane.js";
import type { Site } from "./site.js";

/** Milliseconds. */
const longestLife = 1_000;
const longestDeath = 1_500;
/** For the apps to write and settle again: the settler pauses longer with every attempt that fails. */
const patience = 60_000;

export interface ServerKillFigures {
  readonly kills: number;
  readonly acknowledged: number;
  /** Writes whose app was told of an error and that were committed all the same are found by the app itself. */
  readonly survivors: number;
  /** Lines on the console about one outage: the most. */
  readonly lines: number;
  /** Attempts of a settler during one outage: the most. */
  readonly attempts: number;
  /** Milliseconds from the server's return until everything was settled: the longest. */
  readonly resumed: number;
  readonly seconds: number;
  readonly faults: readonly string[];
}

/** Kills the database server under two apps that write and settle, starts it again, and looks. Ends at the first fault. */
export async function killServer(
  site: Site,
  server: Server,
  options: AppOptions & { readonly kills: number; print(line: string): void },
): Promise<ServerKillFigures> {
  const random = new Random(options.seed, 2);
  // One reports on the console, as an app does that says nothing else; one counts.
  const apps = [new App(options, 1), new App(options, 2)] as const;
  const started = performance.now();
  let [kills, acknowledged, lines, attempts, resumed] = [0, 0, 0, 0, 0];
  const faults: string[] = [];
  const fault = (text: string) => faults.push(`after kill ${kills} of the server: ${text}`);
  try {
    await Promise.all(apps.map((app, index) => app.start({ warns: index === 0 })));
    while (kills < options.kills && faults.length === 0) {
      const said = apps[0].process.output.length;
      await pause(200 + random.below(longestLife));
      await server.kill();
      kills += 1;
      await pause(random.below(longestDeath));
      await server.start();
      const back = performance.now();
      if (!(await everyLaneMoves(apps))) fault("not every lane of the apps writes again");
      for (const app of apps) app.process.tell({ do: "pause" });
      const pauses = await Promise.all(apps.map((app) => app.process.hear("paused")));
      // Nobody writes; what is pending goes only if the apps' own settlers have resumed.
      if (!(await comesTrue(async () => (await site.pending()) === 0))) fault("the apps' settlers do not resume");
      resumed = Math.max(resumed, performance.now() - back);
      for (const app of apps) acknowledged += app.readLedger();
      const positions = new Map<number, Position>(apps.flatMap((app) => [...app.positions]));
      const found = await site.check(positions);
      for (const one of found.faults) fault(one);
      const told = linesIn(apps[0].process.output.slice(said));
      lines = Math.max(lines, told.length);
      attempts = Math.max(attempts, ...pauses.map(({ failures }) => failures));
      const outages = told.filter((line) => line.startsWith("digest-sync: settling"));
      if (told.length !== outages.length || told.length > 2) fault(`the app says:\n${told.join("\n")}`);
      options.print(
        `${kills} servers killed, ${acknowledged} writes acknowledged, ${told.length} lines about this one`,
      );
      for (const app of apps) app.process.tell({ do: "resume" });
    }
  } catch (error) {
    fault(String((error as Error).stack));
  }
  const survivors = apps.filter((app) => app.process.alive).length;
  await Promise.all(apps.map((app) => app.process.kill()));
  const seconds = (performance.now() - started) / 1_000;
  return { kills, acknowledged, survivors, lines, attempts, resumed: Math.round(resumed), seconds, faults };
}

const linesIn = (text: string) => text.split("\n").filter((line) => line.trim() !== "");

async function everyLaneMoves(apps: readonly App[]): Promise<boolean> {
  const before = apps.map((app) => app.acknowledged);
  return comesTrue(async () =>
    apps.every((app, index) => app.acknowledged.every((step, lane) => step > (before[index]?.[lane] ?? -1))),
  );
}

async function comesTrue(condition: () => Promise<boolean>): Promise<boolean> {
  for (const until = performance.now() + patience; performance.now() < until; await pause(50)) {
    if (await condition()) return true;
  }
  return false;
}
