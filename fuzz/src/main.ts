import { parseArgs } from "node:util";
import { bounds } from "./bounds.js";
import { attackClient } from "./client/target.js";
import { attackCore } from "./core/target.js";
import { Findings } from "./finding.js";
import { attackServer } from "./server/target.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    target: { type: "string" },
    scale: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});

const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const print = (line: string) => console.error(line);
const targets = { server: attackServer, client: attackClient, core: attackCore };
const chosen = Object.entries(targets).filter(([name]) => values.target === undefined || values.target === name);
if (chosen.length === 0) throw new Error(`--target is one of ${Object.keys(targets).join(", ")}`);

print(`Seed ${seed}, ${values.minutes} minutes, targets ${chosen.map(([name]) => name).join(", ")}.`);
const findings = new Findings(print);
const figures: Record<string, unknown> = {};
const share = (Number(values.minutes) * 60_000) / chosen.length;
for (const [name, attack] of chosen) {
  const until = performance.now() + share;
  figures[name] = await attack({ seed, until, findings, scale: Number(values.scale), print });
}

const result = { seed, bounds, figures, findings: findings.list };
if (values.json) console.log(JSON.stringify(result, null, 2));
else {
  console.log(JSON.stringify({ seed, figures }, null, 2));
  console.log(findings.list.length === 0 ? "No findings." : `${findings.list.length} findings, see above.`);
}
process.exitCode = findings.list.length > 0 ? 1 : 0;
