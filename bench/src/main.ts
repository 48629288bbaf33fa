import { run } from "./run.js";

// The benches: `npm run bench` in the repository's root.

process.exit(await run(process.argv.slice(2), process.stdout, process.stderr));
