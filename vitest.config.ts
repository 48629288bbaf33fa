import { availableParallelism } from "node:os";
import { defaultServerConditions } from "vite";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import type { DatabaseName } from "./test/databases/database.js";
import { isReachable, type ServerName, servers } from "./test/databases/servers.js";

// One project a database, and one for what no database has a say in: `npx vitest run --project mysql test/install.test.ts`.

/** Run once, on SQLite where they need a database. */
const once = [
  "packages/*/test/**/*.test.ts",
  "examples/*/test/**/*.test.ts",
  "bench/test/**/*.test.ts",
  "test/{conformance,database,databases,docs,faults,hostile,once}/**/*.test.ts",
];
/** Run on every database. */
const onEach = ["test/*.test.ts", "test/matrix/**/*.test.ts"];

function database(name: DatabaseName, provider: string): TestProjectConfiguration {
  return {
    extends: true,
    // Tests import SQLite's clients and manifests; the other providers' stand in folders beside them.
    resolve: {
      alias:
        provider === "sqlite"
          ? []
          : [{ find: /^((?:\.\.?\/)+prisma\/generated\/)(?!postgresql\/|mysql\/)/, replacement: `$1${provider}/` }],
    },
    test: {
      name,
      include: [...onEach, `test/${provider}/**/*.test.ts`],
      env: { TEST_DATABASE: name },
      globalSetup: name === "sqlite" ? [] : [`./test/databases/setup/${name}.ts`],
    },
  };
}

/** Without CI a server may be missing; with CI its tests fail. */
async function onServer(name: ServerName): Promise<TestProjectConfiguration[]> {
  if (process.env.CI || (await isReachable(name))) return [database(name, name)];
  const { title, url, variable } = servers[name];
  console.warn(`\nNOT TESTED: ${title}. Nothing listens at ${url}; ${variable} names another server.\n`);
  return [];
}

export default defineConfig(async () => ({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  // Tests run from the sources: the condition comes first in each package's exports.
  ssr: { resolve: { conditions: ["@digest-sync/source", ...defaultServerConditions] } },
  test: {
    // Vitest leaves one core alone: half of them, where there are two. Tests wait for their database as long as they compute.
    maxWorkers: availableParallelism(),
    // No test takes long; a machine that is busy with other things may.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: "unit", include: once } },
      database("sqlite", "sqlite"),
      database("pglite", "postgresql"),
      ...(await onServer("postgresql")),
      ...(await onServer("mysql")),
    ],
  },
}));
