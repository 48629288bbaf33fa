import { prepare } from "./prepare.js";
import { main, node, root, tool } from "./run.js";

// The fuzzer: `npm run fuzz -- --minutes 5 --seed 1`. Runs in this process, so that its exit code is ours.

const ready = main(() => {
  prepare();
  node(tool("typescript/bin/tsc"), ["-b", `${root}fuzz`]);
});
if (ready) await import("../fuzz/dist/fuzz/src/main.js");
