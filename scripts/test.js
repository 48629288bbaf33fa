import { prepareNest11App } from "./nest11-app.js";
import { prepare } from "./prepare.js";
import { main, node, root, tool } from "./run.js";

// All tests: `npm test`; some of them: `npm test -- packages/core`. Arguments are vitest's.

main(() => {
  prepare({ build: true, providers: true });
  prepareNest11App();
  // Whose processes tests start.
  node(tool("typescript/bin/tsc"), ["-b", `${root}campaigns`]);
  node(tool("vitest/vitest.mjs"), ["run", ...process.argv.slice(2)], { stdio: "inherit" });
});
