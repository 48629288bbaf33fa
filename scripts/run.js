import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The path of a tool among the installed packages. */
export const tool = (path) => join(root, "node_modules", path);

/** A command that ended badly has said why itself: no stack trace of ours behind it. */
class CommandFailed extends Error {
  constructor(command, status) {
    super(`${command} failed.`);
    this.status = status ?? 1;
  }
}

/** What preparing prints goes to stderr: stdout belongs to the program, whose output may be JSON. */
const aside = ["inherit", 2, 2];

/**
 * Runs a JavaScript file with this Node. Through `process.execPath`, because Windows cannot start the files in `.bin`
 * without a shell. With `stdio: "pipe"` its output is shown only when it fails.
 */
export function node(script, args, { cwd = root, stdio = aside, env = {} } = {}) {
  start(process.execPath, [script, ...args], { cwd, env: { ...process.env, ...env }, stdio });
}

/** Runs npm: the one that started this process, or the one on the path. */
export function npm(args, { cwd = root } = {}) {
  const started = process.env.npm_execpath;
  if (started?.endsWith(".js")) node(started, args, { cwd });
  else start("npm", args, { cwd, stdio: aside, shell: process.platform === "win32" });
}

function start(command, args, options) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { ...options, encoding: "utf8" });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
  throw new CommandFailed([command, ...args].join(" "), status);
}

/** The body of a script: ends with the status of the command that failed. Whether all went well. */
export function main(work) {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.error(error.message);
    process.exitCode = error.status;
    return false;
  }
}

/** Whether Node was started with this module, rather than importing it. */
export const isMain = (meta) => process.argv[1] === meta.filename;
