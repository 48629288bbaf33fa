import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a JavaScript file with this Node and stops everything when it fails. Through `process.execPath`, because
 * Windows cannot start `.bin` files without a shell.
 */
export function node(script, args, { cwd = root, quiet = false, env = {} } = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: quiet ? "pipe" : "inherit",
    encoding: "utf8",
  });
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout}${stderr}`);
  if (error) console.error(error.message);
  console.error(`${script} ${args.join(" ")} failed${signal ? ` (${signal})` : ""}.`);
  process.exit(status ?? 1);
}

/** Runs npm: the one that started this process, or the one on the path. */
export function npm(args, { cwd = root } = {}) {
  const started = process.env.npm_execpath;
  if (started?.endsWith(".js")) return node(started, args, { cwd });
  const { status } = spawnSync("npm", args, { cwd, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}

/** The path of a tool among the installed packages. */
export const tool = (path) => join(root, "node_modules", path);
