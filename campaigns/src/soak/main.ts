import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { campaign } from "../campaign.js";
import { catalogueOf } from "../operations/operation.js";
import { readScript, writeScript } from "./script.js";
import { holds, shown, soak } from "./soak.js";
import { World } from "./world.js";

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "sqlite" },
    operations: { type: "string", default: "100000" },
    every: { type: "string", default: "1000" },
    seed: { type: "string" },
    script: { type: "string" },
    without: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
  },
});

/** Operations of a script that are printed; all of them are in its file. */
const longest = 30;

const print = (line: string) => console.error(line);

await campaign(async ({ cleanup, kindOf, seedOf, count }) => {
  const script = values.script === undefined ? undefined : readScript(values.script);
  const database = script?.database ?? values.database;
  const kind = kindOf(database);
  const seed = script?.seed ?? seedOf(values.seed);
  const { url, drop } = await kind.create();
  cleanup.add(drop);

  if (script) {
    const world = await World.open(kind, url);
    const { faults } = await holds(world, script.operations, catalogueOf(kind.provider));
    await world.close();
    print(faults.length === 0 ? "The script holds." : `The script fails:\n${shown(faults)}`);
    return faults.length === 0;
  }

  print(`Soaking ${database}: ${values.operations} operations, seed ${seed}.`);
  const options = {
    database,
    kind,
    url,
    seed,
    operations: count("--operations", values.operations),
    every: count("--every", values.every),
  };
  const result = await soak({ ...options, without: values.without, patience: 300_000, print });
  const { failure } = result;
  if (failure) {
    const path = join(tmpdir(), `digest-sync-soak-${database}-${seed}.json`);
    writeScript(path, failure);
    print(`Fails with seed ${seed}; ${failure.operations.length} operations do, from an empty database:`);
    for (const operation of failure.operations.slice(0, longest)) print(`  ${JSON.stringify(operation)}`);
    print(`${shown(failure.faults)}\nAgain: npm run soak -- --script ${path}`);
  }
  if (values.json) console.log(JSON.stringify({ database, seed, ...result }));
  else
    console.log(
      `${database}: ${result.operations} operations, ${result.written} written, in ${Math.round(result.seconds)} s; ` +
        `${result.looks} looks; ${result.missed} missed, ${result.phantom} phantom.`,
    );
  return failure === undefined;
});
