import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { onTestFinished } from "vitest";
import { provider, type TestDatabase } from "../databases/index.js";

// Processes of their own over a test's database. Their scripts are TypeScript that imports what tests import: each is
// bundled for the database of the run, from the sources, and kept with the installed packages.

const folder = fileURLToPath(new URL("../../node_modules/.digest-sync/processes/", import.meta.url));

/** The same as the alias of vitest.config.ts: clients and manifests of the run's provider. */
const ofProvider: Plugin = {
  name: "provider",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /\/prisma\/generated\// }, ({ path, pluginData, ...rest }) => {
      if (provider === "sqlite" || pluginData === ofProvider.name) return undefined;
      const own = path.replace("/prisma/generated/", `/prisma/generated/${provider}/`);
      return resolve(own, { ...rest, pluginData: ofProvider.name });
    });
  },
};

/** What npm installed stays outside; our own packages come from their sources. */
const installed: Plugin = {
  name: "installed",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@digest-sync/") ? undefined : { path, external: true },
    );
  },
};

const bundles = new Map<string, Promise<string>>();

async function bundle(script: string): Promise<string> {
  const outfile = `${folder}${script}-${provider}-${process.pid}.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL(`./${script}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@digest-sync/source"],
    plugins: [ofProvider, installed],
    logLevel: "error",
  });
  return outfile;
}

/**
 * Starts a script of this folder, which reads its database with opened.ts. It does not outlive the test.
 *
 * @param args what else it is told; plain data
 */
export async function start(script: string, database: TestDatabase, ...args: unknown[]): Promise<ChildProcess> {
  const made = bundles.get(script) ?? bundle(script);
  bundles.set(script, made);
  const child = fork(await made, [JSON.stringify([database.connection, ...args])], { execArgv: [] });
  onTestFinished(() => kill(child));
  return child;
}

/** The next message of a process; rejects when it ends instead. */
export async function answer<T = unknown>(child: ChildProcess): Promise<T> {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = once(child, "exit", { signal }).then(([code, by]) =>
    Promise.reject(new Error(`The process ended with ${code ?? by} instead of an answer.`)),
  );
  try {
    const [message] = await Promise.race([once(child, "message", { signal }), ended]);
    return message;
  } finally {
    ended.catch(() => undefined);
    stop.abort();
  }
}

/** Kills a process at once, and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
