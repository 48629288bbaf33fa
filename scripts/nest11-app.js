import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildCommonJs } from "./build-cjs.js";
import { generate } from "./generate.js";
import { install } from "./install.js";
import { isMain, main, node, root } from "./run.js";
import { digestOf, isFresh, writeStamp } from "./stamp.js";

// test/nest11-app is a project of its own with the packages as npm installs them: packed, from `dist`.

const app = join(root, "test/nest11-app");
const modules = join(app, "node_modules");
const packages = ["core", "engine", "nestjs", "prisma"];
const published = ["package.json", "bin", "dist"];

/** Installs and compiles the Nest 11 app when anything it is made of has changed. */
export function prepareNest11App() {
  buildCommonJs();
  const built = digestOf(packages.flatMap((name) => published.map((entry) => join(root, "packages", name, entry))));
  const stamp = join(modules, ".digest-sync/compiled");
  const inputs = () =>
    built + digestOf(["package-lock.json", "prisma", "src", "tsconfig.json"].map((path) => join(app, path)));

  const installed = install(app, "the Nest 11 app", ["--ignore-scripts"]);
  if (!installed && isFresh(stamp, inputs()) && existsSync(join(app, "dist/main.js"))) return;
  console.error("Compiling the Nest 11 app ...");
  // What another `npm ci` would do, in a fraction of the time.
  if (!installed) packages.forEach(copyPackage);
  for (const output of ["dist", "src/generated"]) rmSync(join(app, output), { recursive: true, force: true });
  generate(app, "prisma/schema.prisma");
  node(join(modules, "typescript/bin/tsc"), ["-p", "."], { cwd: app });
  // Taken now: generating has written into `src`.
  writeStamp(stamp, inputs());
}

function copyPackage(name) {
  const source = join(root, "packages", name);
  const target = join(modules, "@digest-sync", name);
  for (const entry of readdirSync(target)) {
    if (entry !== "node_modules") rmSync(join(target, entry), { recursive: true });
  }
  for (const entry of published) {
    if (existsSync(join(source, entry))) cpSync(join(source, entry), join(target, entry), { recursive: true });
  }
}

if (isMain(import.meta)) main(prepareNest11App);
