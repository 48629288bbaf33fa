import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { buildCommonJs } from "./build-cjs.js";
import { generate } from "./generate.js";
import { install } from "./install.js";
import { isMain, main, node, root, tool } from "./run.js";
import { digestOf, isFresh, stampOf, writeStamp } from "./stamp.js";

// Brings a clone, however it was left, to the state in which tests and examples run: `node scripts/prepare.js`.
// With --build the CommonJS build as well, with --providers the clients for databases beside SQLite. Node's own modules
// only: it runs before anything is installed.

export function prepare({ build = false, providers = false } = {}) {
  install(root, "packages");
  compile("packages");
  // The generator is one of the packages, and examples import what it writes: hence two passes.
  for (const schema of schemas()) generateOnce(schema);
  if (providers) node(join(root, "scripts/generate-providers.js"), schemas());
  compile("examples");
  if (build) buildCommonJs();
}

/** Incremental: `tsc -b` itself knows what is up to date. Types of tests are checked by `npm run typecheck`. */
function compile(folder) {
  const projects = readdirSync(join(root, folder))
    .map((name) => join(folder, name))
    .filter((project) => existsSync(join(root, project, "tsconfig.json")));
  if (projects.some((project) => !existsSync(join(root, project, "dist")))) console.error(`Compiling ${folder} ...`);
  node(tool("typescript/bin/tsc"), ["-b", ...projects]);
}

function schemas() {
  const folder = join(root, "prisma");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".prisma"))
    .map((name) => join(folder, name));
}

function generateOnce(schema) {
  const generator = join(root, "packages/prisma/dist/generator");
  const inputs = digestOf([schema, join(root, "package-lock.json"), `${generator}.js`, generator]);
  const stamp = stampOf(`generate-${basename(schema)}`);
  if (isFresh(stamp, inputs) && outputsOf(schema).every((output) => existsSync(output))) return;
  console.error(`Generating from ${basename(schema)} ...`);
  generate(root, schema);
  writeStamp(stamp, inputs);
}

/** The folders that generating from a schema writes to. */
export function outputsOf(schema) {
  const outputs = readFileSync(schema, "utf8").matchAll(/^\s*output\s*=\s*"(.+)"/gm);
  return [...outputs].map(([, output]) => resolve(dirname(schema), output));
}

const asked = (step) => process.argv.includes(`--${step}`);

if (isMain(import.meta)) main(() => prepare({ build: asked("build"), providers: asked("providers") }));
