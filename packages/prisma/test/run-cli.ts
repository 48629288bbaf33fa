import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../bin/digest-sync.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script with Node in a process of its own. */
export async function runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return await new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", failed);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/** Runs the built program: `tsc -b packages/prisma` comes first. */
export function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return runNode([bin, ...args], env);
}
