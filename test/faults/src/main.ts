import "reflect-metadata";
import { parseArgs } from "node:util";
import { runCampaign, type StoreName, stores } from "./campaign.js";

const { values } = parseArgs({
  options: {
    syncs: { type: "string", default: "2000" },
    seed: { type: "string" },
    rate: { type: "string", default: "0.4" },
    store: { type: "string", default: "memory" },
    json: { type: "boolean", default: false },
  },
});
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const syncs = Number(values.syncs);
const rate = Number(values.rate);
if (!Number.isInteger(seed) || !Number.isInteger(syncs) || !(rate >= 0 && rate < 1)) {
  throw new Error("--seed and --syncs are whole numbers, --rate is at least 0 and below 1.");
}
if (!Object.hasOwn(stores, values.store)) throw new Error(`--store is one of ${Object.keys(stores).join(", ")}.`);
const store = values.store as StoreName;

console.error(`Seed ${seed}, ${syncs} syncs, ${rate * 100}% of the exchanges go wrong.`);
const started = performance.now();
const report = await runCampaign({
  ...{ seed, syncs, rate, store },
  onProgress: (done) => {
    if (done % 100 === 0) console.error(`${done} syncs, ${Math.round((performance.now() - started) / 1000)} s`);
  },
});
if (values.json) console.log(JSON.stringify({ seed, rate, store, ...report }, null, 2));
else {
  const { faults, problems, ...figures } = report;
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(36)} ${value}`);
  for (const [name, value] of Object.entries(faults)) console.log(`  ${name.padEnd(34)} ${value}`);
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? "All converged; no wrong row was ever visible." : `${problems.length} problems.`);
}
process.exitCode = report.problems.length > 0 ? 1 : 0;
