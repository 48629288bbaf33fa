import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { otherProviders } from "./derive-schema.js";
import { root } from "./run.js";

// What generate-provider.js does, for all providers beside SQLite at once.

const script = join(root, "scripts/generate-provider.js");
const ends = otherProviders.map((provider) =>
  once(spawn(process.execPath, [script, provider, ...process.argv.slice(2)], { stdio: "inherit" }), "exit"),
);
for (const [code] of await Promise.all(ends)) if (code !== 0) process.exitCode = 1;
