import { prepare } from "./prepare.js";
import { main, node } from "./run.js";

// The contacts example in one command: `npm run demo`. Arguments are the demo's.

main(() => {
  prepare();
  node("examples/contacts/dist/demo.js", process.argv.slice(2));
});
