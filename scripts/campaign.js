import { prepare } from "./prepare.js";
import { main, node, root, tool } from "./run.js";

// The campaigns: `npm run soak`, `npm run concurrency`, `npm run crash`. Runs in this process, so that its exit code is
// ours; the campaign's own name comes first among the arguments.

const name = process.argv.splice(2, 1)[0];
const ready = main(() => {
  prepare({ providers: true });
  node(tool("typescript/bin/tsc"), ["-b", `${root}campaigns`]);
});
if (ready) await import(`../campaigns/dist/campaigns/src/${name}/main.js`);
