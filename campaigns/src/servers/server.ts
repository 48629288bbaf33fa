import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A database server of our own, in a folder that goes with it: it may be killed, and its log is ours alone. */
export interface Server {
  /** Without a database. */
  readonly url: string;
  /** Returns when it answers. */
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
  /** Everything it has logged. */
  log(): string;
}

/** What differs between the programs. */
export interface Program {
  readonly name: string;
  /** The account to run under when we are root, which database servers refuse or warn about. */
  readonly account: string;
  readonly folders: readonly string[];
  /** Makes an empty database cluster. */
  initialize(folder: string): readonly [command: string, ...args: string[]];
  serve(folder: string, port: number): readonly [command: string, ...args: string[]];
  url(port: number): string;
  /** Rejects while the server does not answer. */
  ping(url: string): Promise<void>;
  /** How it is asked to end without waiting for its clients. */
  readonly farewell: NodeJS.Signals;
}

/** Milliseconds: recovery after a kill included. */
const patience = 60_000;

/** @throws Error that says which program is missing */
export async function makeServer(program: Program): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), `digest-sync-${program.name}-`));
  const as = accountOf(program.account);
  if (as) chownSync(folder, as.uid, as.gid);
  // MariaDB clears its temporary folder when it starts: in a shared one, of another server's files.
  const env = { ...process.env, TMPDIR: folder };
  const own = { ...as, env, cwd: folder };
  const [initialize, ...args] = program.initialize(folder);
  const made = spawnSync(findProgram(initialize, program.folders), args, { ...own, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`${initialize} failed: ${made.error ?? ""}${made.stdout}${made.stderr}`);

  const port = await freePort();
  const log = join(folder, "server.log");
  const url = program.url(port);
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  return {
    url,
    async start() {
      const [serve, ...options] = program.serve(folder, port);
      const path = findProgram(serve, program.folders);
      const until = Date.now() + patience;
      for (;;) {
        // Detached: Ctrl-C is for us, and we end it when nobody uses it any more.
        const output = openSync(log, "a");
        child = spawn(path, options, { ...own, stdio: ["ignore", output, output], detached: true });
        closeSync(output);
        const exited = once(child, "exit").then(() => "exited" as const);
        if ((await Promise.race([exited, answers(program, url, until)])) === "answers") return;
        // After a kill its orphans may hold shared memory for a moment.
        await end("SIGKILL");
        if (Date.now() > until)
          throw new Error(`${program.name} does not start:\n${readFileSync(log, "utf8").slice(-2_000)}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    kill: () => end("SIGKILL"),
    async remove() {
      await end(program.farewell);
      rmSync(folder, { recursive: true, force: true });
    },
    log: () => readFileSync(log, "utf8"),
  };
}

async function answers(program: Program, url: string, until: number): Promise<"answers" | "silent"> {
  for (; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      await program.ping(url);
      return "answers";
    } catch {}
  }
  return "silent";
}

function accountOf(name: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const number = (option: string) => Number(spawnSync("id", [option, name], { encoding: "utf8" }).stdout);
  return { uid: number("-u"), gid: number("-g") };
}

/** Servers are often not on the path. */
function findProgram(name: string, folders: readonly string[]): string {
  const candidates = [...(process.env.PATH ?? "").split(delimiter), ...folders].map((folder) => join(folder, name));
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new Error(`There is no program ${name} here, on the path or in ${folders.join(", ")}: install the server.`);
}

/** The subfolders of a folder that exist, each followed by `rest`. */
export function versionsIn(folder: string, rest: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, rest)) : [];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
