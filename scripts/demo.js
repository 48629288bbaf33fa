import { prepare } from "./prepare.js";
import { main } from "./run.js";

// The contacts example in one command: `npm run demo`. Arguments are the demo's, which runs in this process, so that
// signals reach it.

if (main(prepare)) await import("../examples/contacts/dist/examples/contacts/src/demo.js");
