import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { buildCommonJs } from "./build-cjs.js";
import { node, npm, root, tool } from "./run.js";
import { digestOf, isFresh, stampOf, writeStamp } from "./stamp.js";

// Brings a clone, however it was left, to the state in which tests and examples run: `node scripts/prepare.js`.
// With --build the CommonJS build as well. Node's own modules only: it runs before anything is installed.

const lockFile = join(root, "package-lock.json");

export function prepare({ build = false } = {}) {
  install();
  compile("packages", packages());
  // The generator is one of the packages, and what it writes is imported by tests and examples: hence two passes.
  for (const schema of schemas()) generate(schema);
  compile("tests and examples", []);
  if (build) buildCommonJs();
}

function install() {
  const inputs = digestOf([lockFile]) + process.version;
  const stamp = stampOf("install");
  if (isFresh(stamp, inputs)) return;
  console.log("Installing packages ...");
  npm(["ci", "--loglevel=error"]);
  writeStamp(stamp, inputs);
}

/** Incremental: `tsc -b` itself knows what is up to date. */
function compile(what, projects) {
  if (projects.some((project) => !existsSync(join(root, project, "dist")))) console.log(`Compiling ${what} ...`);
  node(tool("typescript/bin/tsc"), ["-b", ...projects]);
}

function packages() {
  return readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
}

function schemas() {
  const folder = join(root, "prisma");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".prisma"))
    .map((name) => join(folder, name));
}

function generate(schema) {
  const generator = join(root, "packages/prisma/dist/generator");
  const inputs = digestOf([schema, lockFile, `${generator}.js`, generator]);
  const stamp = stampOf(`generate-${basename(schema)}`);
  if (isFresh(stamp, inputs) && outputsOf(schema).every((output) => existsSync(output))) return;
  console.log(`Generating from ${basename(schema)} ...`);
  node(tool("prisma/build/index.js"), ["generate", "--schema", schema], {
    quiet: true,
    env: {
      // Prisma finds a generator's command through PATH.
      PATH: [tool(".bin"), process.env.PATH].join(delimiter),
      // Prisma 7 downloads a schema engine before every command; generating needs none, so any executable will do.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: "1",
    },
  });
  writeStamp(stamp, inputs);
}

function outputsOf(schema) {
  const outputs = readFileSync(schema, "utf8").matchAll(/^\s*output\s*=\s*"(.+)"/gm);
  return [...outputs].map(([, output]) => resolve(dirname(schema), output));
}

if (process.argv[1] && resolve(process.argv[1]) === import.meta.filename) {
  prepare({ build: process.argv.includes("--build") });
}
