import { existsSync } from "node:fs";
import { join } from "node:path";
import { prepare } from "./prepare.js";
import { main, node, root, tool } from "./run.js";
import { digestOf, isFresh, stampOf, writeStamp } from "./stamp.js";

// The contacts example in one command: `npm run demo`. Arguments are the demo's, which runs in this process, so that
// signals reach it.

function prepareDemo() {
  prepare();
  buildPage();
}

/** The web page that the app serves. */
function buildPage() {
  const web = join(root, "examples/contacts/web");
  const used = ["packages/core/src", "packages/client/src", "prisma/generated/digest-sync", "package-lock.json"];
  const inputs = digestOf([web, ...used.map((path) => join(root, path))]);
  const stamp = stampOf("contacts-page");
  if (isFresh(stamp, inputs) && existsSync(join(root, "examples/contacts/dist/web/index.html"))) return;
  console.error("Building the web page ...");
  node(tool("vite/bin/vite.js"), ["build", web, "--logLevel", "error"]);
  writeStamp(stamp, inputs);
}

if (main(prepareDemo)) await import("../examples/contacts/dist/examples/contacts/src/demo.js");
