import { prepare } from "./prepare.js";
import { main, node, tool } from "./run.js";

// The benches in one command: `npm run bench`. Arguments are theirs; they run in this process.

function prepareBenches() {
  prepare({ providers: true });
  node(tool("typescript/bin/tsc"), ["-b", "bench"]);
}

if (main(prepareBenches)) await import("../bench/dist/bench/src/main.js");
