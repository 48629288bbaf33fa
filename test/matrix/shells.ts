import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import type { Shell } from "./connection.js";

/** Whether a program is on this machine. */
export function isInstalled(program: string): boolean {
  return (spawnSync(program, ["--version"], { stdio: "ignore" }) as SpawnSyncReturns<Buffer>).status === 0;
}

/** A shell that reads a script from its standard input, as people paste it. */
export function shell(program: string, options: readonly string[], environment: Record<string, string> = {}): Shell {
  return (script) =>
    new Promise((done, failed) => {
      const child = spawn(program, options, {
        stdio: ["pipe", "ignore", "pipe"],
        env: { ...process.env, ...environment },
      });
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
