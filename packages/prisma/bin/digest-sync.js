#!/usr/bin/env node
import { createRequire } from "node:module";
import { run } from "../dist/cli.js";

const { version } = createRequire(import.meta.url)("../package.json");
const code = await run(process.argv.slice(2), version);
// The client's module may keep timers or a pool: what it started must not keep the command from ending.
process.stdout.write("", () => process.exit(code));
