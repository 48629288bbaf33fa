import { Child } from "../child.js";
import type { Cleanup } from "../cleanup.js";
import type { Server } from "../servers/server.js";
import { type Causes, causesIn } from "./deadlocks.js";
import type { SettlerSays, Task, WriterSays } from "./messages.js";

export interface PhaseFigures {
  readonly writers: number;
  readonly settlers: number;
  readonly seconds: number;
  readonly written: number;
  readonly refused: number;
  readonly late: number;
  readonly perSecond: number;
  /** Milliseconds of a write. */
  readonly p50: number;
  readonly p99: number;
  /** Transactions that were told of a conflict and tried again, and how many that is of 1,000 writes. */
  readonly conflicts: number;
  readonly conflictsPerThousand: number;
  /** Deadlocks in the server's own log, by who took part. */
  readonly deadlocks: Causes;
  readonly settled: number;
  readonly faults: readonly string[];
}

export interface PhaseOptions extends Omit<Task, "number"> {
  readonly server: Server;
  readonly provider: "postgresql" | "mysql";
  readonly writers: number;
  readonly settlers: number;
  readonly cleanup: Cleanup;
}

/** Lets writers and settlers work at the same time, in processes of their own. */
export async function runPhase(options: PhaseOptions): Promise<PhaseFigures> {
  const { server, provider, cleanup, database, url, seed, seconds, without } = options;
  const task = (number: number): Task => ({ database, url, seed, number, seconds, without });
  const start = <Says extends { readonly say: string }>(name: string, count: number) =>
    Array.from({ length: count }, (_, number) => new Child<Says>(new URL(name, import.meta.url), task(number)));
  const writers = start<WriterSays>("./writer.js", options.writers);
  const settlers = start<SettlerSays>("./settler.js", options.settlers);
  const all = [...writers, ...settlers];
  const end = cleanup.add(() => Promise.all(all.map((child) => child.kill())));
  try {
    await Promise.all(all.map((child) => (child as Child<{ say: "ready" }>).hear("ready")));
    const logged = server.log().length;
    for (const child of all) child.tell({ do: "go" });
    const written = (await Promise.all(writers.map((writer) => writer.hear("done")))).map((said) => said.written);
    for (const settler of settlers) settler.tell({ do: "stop" });
    const settled = await Promise.all(settlers.map((settler) => settler.hear("done")));
    const sum = (of: "written" | "refused" | "conflicts" | "late") =>
      written.reduce((total, one) => total + one[of], 0);
    const times = written.flatMap((one) => one.times).sort((a, b) => a - b);
    const quantile = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
    return {
      writers: options.writers,
      settlers: options.settlers,
      seconds,
      written: sum("written"),
      refused: sum("refused"),
      late: sum("late"),
      perSecond: Math.round(sum("written") / seconds),
      p50: quantile(0.5),
      p99: quantile(0.99),
      conflicts: sum("conflicts"),
      conflictsPerThousand: Math.round((sum("conflicts") / Math.max(1, sum("written"))) * 10_000) / 10,
      deadlocks: causesIn(provider, server.log().slice(logged)),
      settled: settled.reduce((total, one) => total + one.settled, 0),
      faults: [...written, ...settled].flatMap((one) => one.faults),
    };
  } finally {
    await end();
  }
}
