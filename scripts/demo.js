import { prepare } from "./prepare.js";
import { node } from "./run.js";

// The contacts example in one command: `npm run demo`. Arguments are the demo's.

prepare();
node("examples/contacts/dist/demo.js", process.argv.slice(2));
