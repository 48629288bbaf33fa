import { prepare } from "./prepare.js";
import { main, node, root, tool } from "./run.js";

// Syncs through a network that goes wrong: `npm run faults -- --syncs 2000 --seed 1`. Runs in this process, so that its
// exit code is ours.

const ready = main(() => {
  prepare();
  node(tool("typescript/bin/tsc"), ["-b", `${root}test/faults`]);
});
if (ready) {
  process.chdir(root);
  await import("../test/faults/dist/test/faults/src/main.js");
}
