import { accounts } from "../app/accounts.js";
import { type Server, startServer } from "../server.js";
import { type DatabaseOptions, seededDatabase } from "./database.js";
import { DatabaseRows } from "./database-rows.js";
import { Device } from "./device.js";
import type { DemoOptions } from "./options.js";
import { type Output, Progress } from "./progress.js";
import type { Size } from "./seed.js";
import type { Scene, Stage } from "./stage.js";
import { playScene, type Step, scenes } from "./story.js";
import { conclusion, faults, header, row } from "./table.js";
import { watch } from "./watch.js";

/** Where a demo runs. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  /** For the database; the caller removes it. */
  readonly folder: string;
  readonly size: Size;
  readonly cache?: DatabaseOptions["cache"];
  /** Ends the demo, in the middle of the story with its reason thrown. */
  readonly signal: AbortSignal;
  /** For tests. Default: the story. */
  readonly scenes?: readonly Scene[];
}

/** Plays the demo. Returns the exit code: 1 when a step was not equal. */
export async function runDemo(options: DemoOptions, surroundings: Surroundings): Promise<number> {
  const { folder, size, cache, signal, stderr } = surroundings;
  const progress = new Progress(stderr);
  const url = await seededDatabase(folder, {
    size,
    ...(cache && { cache }),
    onProgress: (...seen) => {
      signal.throwIfAborted();
      progress.report(...seen);
    },
  });
  progress.end();
  const server = await startServer(url, options.port);
  try {
    return await play(server, options, surroundings);
  } finally {
    await server.close();
  }
}

async function play(
  server: Server,
  { once, json }: DemoOptions,
  { stdout, stderr, signal, scenes: played = scenes }: Surroundings,
): Promise<number> {
  // With --json the object alone is on stdout.
  const say = (text: string) => (json ? stderr : stdout).write(`${text}\n`);
  const stage = stageOf(server);
  const steps: Step[] = [];
  say(["", ...header].join("\n"));
  for (const scene of played) {
    signal.throwIfAborted();
    const step = await playScene(stage, scene);
    steps.push(step);
    say(row(steps.length, step));
  }
  const wrong = faults(steps);
  say(["", ...(wrong.length > 0 ? wrong : conclusion(steps))].join("\n"));
  if (json) stdout.write(`${JSON.stringify({ steps: steps.map(published) })}\n`);
  if (once || wrong.length > 0) return wrong.length > 0 ? 1 : 0;

  say(invitation(server.url));
  for await (const step of watch(stage, signal)) {
    steps.push(step);
    say(row(steps.length, step));
  }
  return faults(steps).length > 0 ? 1 : 0;
}

function stageOf({ url, prisma }: Server): Stage {
  const [ada, bruno] = accounts;
  return {
    prisma,
    ada: new Device(ada, url),
    bruno: new Device(bruno, url),
    database: new DatabaseRows(prisma),
    fetch: globalThis.fetch,
  };
}

/** A step as --json tells it. */
function published({ name, requests, bytesUp, bytesDown, rows, ms, equal, fullBytes }: Step) {
  return { name, requests, bytesUp, bytesDown, rows, ms: Math.round(ms * 10) / 10, equal, fullBytes };
}

function invitation(url: string): string {
  const [{ token, name }] = accounts;
  return `
The server is at ${url}: open it in a browser, which then holds ${name}'s contacts and messages itself. The device of the
story goes on syncing once a second. Change something:

  curl ${url}/contacts -H 'authorization: Bearer ${token}' -H 'content-type: application/json' -d '{"name":"Mary Jackson"}'

Ctrl-C ends it.
`;
}
