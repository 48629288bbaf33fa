import { prepareNest11App } from "./nest11-app.js";
import { prepare } from "./prepare.js";
import { node, tool } from "./run.js";

// All tests: `npm test`; some of them: `npm test -- packages/core`. Arguments are vitest's.

prepare({ build: true });
prepareNest11App();
node(tool("vitest/vitest.mjs"), ["run", ...process.argv.slice(2)]);
