import { parseArgs } from "node:util";
import { campaign, UsageError } from "../campaign.js";
import { serverFor } from "../servers/index.js";
import { World } from "../soak/world.js";
import { type PhaseFigures, runPhase } from "./phase.js";

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "postgresql" },
    seconds: { type: "string", default: "60" },
    writers: { type: "string", default: "8" },
    settlers: { type: "string", default: "4" },
    without: { type: "string", multiple: true, default: [] },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const print = (line: string) => console.error(line);

await campaign(async ({ cleanup, kindOf, seedOf, count }) => {
  const { database } = values;
  const kind = kindOf(database);
  const { provider } = kind;
  if (database === "pglite" || provider === "sqlite") {
    throw new UsageError("--database is postgresql or mysql: these have several writers at a time.");
  }
  const seed = seedOf(values.seed);
  const seconds = count("--seconds", values.seconds);
  const writers = count("--writers", values.writers);
  const settlers = count("--settlers", values.settlers);
  print(`${writers} writers and ${settlers} settlers on ${database} for ${seconds} s, seed ${seed}.`);

  const server = (await serverFor(provider))!;
  cleanup.add(() => server.remove());
  await server.start();
  const { url } = await kind.create(server.url);
  const world = await World.open(kind, url, { settles: false });
  const options = { server, provider, cleanup, database, url, seed, writers, without: values.without } as const;

  const phases: Record<string, PhaseFigures> = {};
  const phase = async (name: string, settlers: number, time: number) => {
    const figures = await runPhase({ ...options, settlers, seconds: time });
    phases[name] = figures;
    print(`${name}: ${described(figures)}`);
  };
  // First what the app is without us, and what it is when nobody settles.
  const aside = Math.max(2, Math.ceil(seconds / 3));
  await world.uninstall();
  await phase("without Digest Sync", 0, aside);
  await world.install();
  await world.reset();
  await phase("triggers alone", 0, aside);
  await world.reset();
  await phase("triggers and settlers", settlers, seconds);

  const { rows, faults } = await world.look();
  const all = [...faults, ...Object.values(phases).flatMap((figures) => figures.faults)];
  const { settler, trigger, examples } = phases["triggers and settlers"]!.deadlocks;
  if (settler > 0) all.push(`${settler} deadlocks with a settler:\n${examples.join("\n\n")}`);
  await world.close();

  if (values.json) console.log(JSON.stringify({ database, seed, phases, rows, faults: all }));
  else {
    for (const [name, figures] of Object.entries(phases)) console.log(`${database}, ${name}: ${described(figures)}`);
    if (trigger > 0) print(`Deadlocks in a trigger, as the server tells them:\n${examples.join("\n\n")}`);
    console.log(
      all.length === 0
        ? `Audit clean, every client has what the tables have (${rows} rows), no deadlock with a settler.`
        : `FAULTS, seed ${seed}:\n${all.join("\n")}`,
    );
  }
  return all.length === 0;
});

function described(figures: PhaseFigures): string {
  const { written, refused, perSecond, p50, p99, conflicts, conflictsPerThousand, late, deadlocks, settled } = figures;
  return (
    `${written} writes, ${perSecond}/s (${refused} refused, ${late} late), p50 ${p50} ms, p99 ${p99} ms; ` +
    `${conflicts} tried again (${conflictsPerThousand} of 1,000); deadlocks in the log: ${deadlocks.app} the app's own, ` +
    `${deadlocks.trigger} in a trigger, ${deadlocks.settler} with a settler; ${settled} changes settled`
  );
}
