import { prepare } from "./prepare.js";
import { main } from "./run.js";

// The edge-replica example in one command: `npm run edge`. It runs in this process.

if (main(() => prepare({ providers: true })))
  await import("../examples/edge-replica/dist/examples/edge-replica/src/main.js");
