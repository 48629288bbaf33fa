import { prepare } from "./prepare.js";
import { main, node, tool } from "./run.js";

// Writes the tables of docs/writes.md anew: performs the matrix on every database there is, one after the other.

main(() => {
  prepare({ providers: true });
  const options = ["run", "--no-file-parallelism", "test/matrix/matrix.test.ts"];
  node(tool("vitest/vitest.mjs"), options, { stdio: "inherit", env: { UPDATE_DOCS: "1" } });
});
