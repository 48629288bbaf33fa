import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { node, root, tool } from "./run.js";
import { digestOf, isFresh, stampOf, writeStamp } from "./stamp.js";

/**
 * The CommonJS build beside the ESM one, in `dist/cjs` of every package with a `tsconfig.cjs.json`: Jest cannot require
 * ESM, and most Nest apps are CommonJS. Needs the ESM build, whose types the packages read of each other.
 */
export function buildCommonJs() {
  for (const name of names()) buildPackage(join(root, "packages", name), name);
}

/**
 * Each before those that read its types: where an old CommonJS build is still there, TypeScript prefers it to the new ESM
 * one, and would miss what has been added since.
 */
function names() {
  const order = ["core", "engine", "prisma"];
  return readdirSync(join(root, "packages")).sort((a, b) => rank(order, a) - rank(order, b));
}

const rank = (order, name) => (order.includes(name) ? order.indexOf(name) : order.length);

function buildPackage(folder, name) {
  const project = join(folder, "tsconfig.cjs.json");
  if (!existsSync(project)) return;
  const output = join(folder, "dist/cjs");
  // tsc -b keeps digests of all sources in its build info.
  const inputs = digestOf([
    project,
    join(root, "tsconfig.cjs.json"),
    join(folder, "package.json"),
    join(folder, "dist/.tsbuildinfo"),
  ]);
  const stamp = stampOf(`cjs-${name}`);
  if (existsSync(output) && isFresh(stamp, inputs)) return;
  console.error(`Building ${name} as CommonJS ...`);
  rmSync(output, { recursive: true, force: true });
  node(tool("typescript/bin/tsc"), ["-p", project]);
  const { imports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  writeFileSync(join(output, "package.json"), `${JSON.stringify(packageJson(imports), null, 2)}\n`);
  writeStamp(stamp, inputs);
}

/** The nearest package.json decides about the module format, and about `#` imports too: both must be said again. */
function packageJson(imports) {
  if (!imports) return { type: "commonjs" };
  const moved = Object.entries(imports).map(([name, conditions]) => [
    name,
    Object.fromEntries(
      Object.entries(conditions)
        .filter(([, target]) => typeof target === "string")
        .map(([condition, target]) => [condition, target.replace("./dist/", "./")]),
    ),
  ]);
  return { type: "commonjs", imports: Object.fromEntries(moved) };
}
