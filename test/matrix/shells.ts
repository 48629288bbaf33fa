import { spawn, spawnSync } from "node:child_process";
import type { DatabaseName, TestDatabase } from "../databases/index.js";

/** The database's own command line: fails when a statement does. */
export type Shell = (script: string) => Promise<void>;

/** The shell of a database as people call it, if it is on this machine. */
export function shellOf(name: DatabaseName, { connection: { url } }: TestDatabase): Shell | undefined {
  if (name === "pglite") return undefined;
  if (name === "sqlite") {
    return shell("sqlite3", [
      "-bail",
      "-cmd",
      "PRAGMA foreign_keys = ON",
      "-cmd",
      ".timeout 5000",
      url.replace("file:", ""),
    ]);
  }
  if (name === "postgresql") return shell("psql", ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url]);
  const { hostname, port, username, pathname } = new URL(url);
  return shell("mariadb", ["-h", hostname, "-P", port || "3306", "-u", username, pathname.slice(1)]);
}

const installed = new Map<string, boolean>();

/** A shell that reads a script from its standard input, as people paste it. */
function shell(program: string, options: readonly string[]): Shell | undefined {
  if (!installed.has(program)) installed.set(program, spawnSync(program, ["--version"]).status === 0);
  if (!installed.get(program)) return undefined;
  return (script) =>
    new Promise((done, failed) => {
      const child = spawn(program, options, { stdio: ["pipe", "ignore", "pipe"] });
      let errors = "";
      child.stderr.on("data", (chunk: Buffer) => {
        errors += chunk.toString();
      });
      child.on("error", failed);
      child.on("close", (code) => (code === 0 ? done() : failed(new Error(`${program}: ${errors.trim()}`))));
      // A shell that stops at a failing statement reads no further.
      child.stdin.on("error", () => {});
      child.stdin.end(script);
    });
}
