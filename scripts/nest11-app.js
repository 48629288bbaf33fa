import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { node, npm, root } from "./run.js";
import { digestOf, isFresh, writeStamp } from "./stamp.js";

// test/nest11-app is a project of its own with the packages as npm would install them: packed, from `dist`.

const app = join(root, "test/nest11-app");
const modules = join(app, "node_modules");

/** Installs and compiles the Nest 11 app when anything it is made of has changed. Needs the CommonJS build. */
export function prepareNest11App() {
  const installed = digestOf([join(app, "package-lock.json"), join(app, ".npmrc")]) + process.version;
  const copied = digestOf(packages().flatMap((name) => builtFiles(join(root, "packages", name))));
  const compiled = digestOf([join(app, "src"), join(app, "prisma"), join(app, "tsconfig.json")]) + installed + copied;
  const stamp = (step) => join(modules, ".digest-sync", step);

  if (!isFresh(stamp("installed"), installed)) {
    console.log("Installing the Nest 11 app ...");
    npm(["ci", "--ignore-scripts", "--loglevel=error"], { cwd: app });
    writeStamp(stamp("installed"), installed);
  } else if (!isFresh(stamp("copied"), copied)) {
    // What another `npm ci` would do, in a fraction of the time.
    for (const name of packages()) copyPackage(name);
  }
  writeStamp(stamp("copied"), copied);

  if (isFresh(stamp("compiled"), compiled) && existsSync(join(app, "dist/main.js"))) return;
  console.log("Compiling the Nest 11 app ...");
  rmSync(join(app, "dist"), { recursive: true, force: true });
  rmSync(join(app, "src/generated"), { recursive: true, force: true });
  node(join(modules, "prisma/build/index.js"), ["generate", "--schema", "prisma/schema.prisma"], {
    cwd: app,
    quiet: true,
    env: {
      PATH: [join(modules, ".bin"), process.env.PATH].join(delimiter),
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: "1",
    },
  });
  node(join(modules, "typescript/bin/tsc"), ["-p", "."], { cwd: app });
  // Generating wrote into the sources: the digest of what is there now.
  writeStamp(
    stamp("compiled"),
    digestOf([join(app, "src"), join(app, "prisma"), join(app, "tsconfig.json")]) + installed + copied,
  );
}

/** The packages the app depends on. */
function packages() {
  return ["core", "engine", "nestjs", "prisma"];
}

function builtFiles(folder) {
  return [join(folder, "package.json"), join(folder, "dist"), join(folder, "bin")];
}

function copyPackage(name) {
  const target = join(modules, "@digest-sync", name);
  for (const entry of readdirSync(target)) {
    if (entry !== "node_modules") rmSync(join(target, entry), { recursive: true });
  }
  for (const entry of ["package.json", "dist", "bin"]) {
    const source = join(root, "packages", name, entry);
    if (existsSync(source)) cpSync(source, join(target, entry), { recursive: true });
  }
}
