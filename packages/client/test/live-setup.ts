import type { IncomingMessage, ServerResponse } from "node:http";
import { onTestFinished, vi } from "vitest";
import type { Environment } from "../src/environment.js";
import type { DigestSyncClient, DigestSyncClientOptions, SyncStatus } from "../src/index.js";
import type { TabsWorld, World } from "../src/live/index.js";
import type { ReferenceServer } from "./reference-server.js";
import type { Rows } from "./sample.js";
import { newClient, startServer } from "./setup.js";

/** Time that passes when a test says so, and then wakes who is due. */
export class ManualClock implements Environment {
  time = 1_000_000;
  chance = 0.5;
  private sleeping: { due: number; wake: () => void }[] = [];
  now = () => this.time;
  random = () => this.chance;

  sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = { due: this.time + milliseconds, wake: resolve };
      this.sleeping.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.sleeping = this.sleeping.filter((other) => other !== sleeper);
        resolve();
      });
    });

  /** Milliseconds until each sleeper is due, in order. */
  get dues(): number[] {
    return this.sleeping.map(({ due }) => due - this.time).sort((a, b) => a - b);
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
    const due = this.sleeping.filter((sleeper) => sleeper.due <= this.time);
    this.sleeping = this.sleeping.filter((sleeper) => sleeper.due > this.time);
    for (const { wake } of due) wake();
  }
}

/** A page that a test hides, shows, and cuts off. */
export class TestWorld implements World {
  private readonly listeners = new Set<() => void>();
  private visible = true;
  private online = true;
  constructor(readonly tabs: TabsWorld | undefined = undefined) {}
  isVisible = () => this.visible;
  isOnline = () => this.online;
  watch = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  set(change: { visible?: boolean; online?: boolean }): void {
    this.visible = change.visible ?? this.visible;
    this.online = change.online ?? this.online;
    for (const listener of [...this.listeners]) listener();
  }
}

/** `navigator.locks` as far as it is used, for tabs that are objects of one process. */
export class TestLocks {
  private readonly tails = new Map<string, Promise<void>>();
  request = (async (name: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>) => {
    const before = this.tails.get(name) ?? Promise.resolve();
    const held = before.then(() => (signal.aborted ? undefined : work()));
    this.tails.set(name, held);
    await new Promise<void>((resolve, reject) => {
      held.then(resolve, reject);
      // Who waits may leave; who holds it goes on.
      before.then(() => signal.removeEventListener("abort", abort));
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort);
    });
  }) as unknown as LockManager["request"];
}

/** A reference server with events. */
export class LiveServer {
  readonly open = new Set<ServerResponse>();
  /** Requests for events, answered or not. */
  asked = 0;
  headers: IncomingMessage["headers"][] = [];
  /** Answers a request for events in place of the honest answer. */
  instead: ((response: ServerResponse, request: IncomingMessage) => void) | undefined;

  private constructor(readonly server: ReferenceServer) {
    server.tamper = { http: (request, response) => this.http(request, response) };
  }

  static async start(): Promise<LiveServer> {
    return new LiveServer(await startServer());
  }

  hint(): void {
    for (const response of this.open) response.write("event: hint\ndata: {}\n\n");
  }

  private http(request: IncomingMessage, response: ServerResponse): boolean {
    if (!request.url?.startsWith("/sync/events")) return false;
    this.asked += 1;
    this.headers.push(request.headers);
    this.open.add(response);
    response.once("close", () => this.open.delete(response));
    if (this.instead) this.instead(response, request);
    else {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('event: ready\ndata: {"heartbeat":15000}\n\n');
    }
    return true;
  }
}

export interface Started {
  readonly live: LiveServer;
  readonly clock: ManualClock;
  readonly world: TestWorld;
  readonly sync: DigestSyncClient<Rows>;
  readonly phases: SyncStatus["phase"][];
}

/** A client that will be stopped when the test is over; nothing of it runs yet. */
export async function liveClient(
  options: Partial<DigestSyncClientOptions<Rows>> = {},
  { live, clock = new ManualClock(), world = new TestWorld() }: Partial<Started> = {},
): Promise<Started> {
  live ??= await LiveServer.start();
  const sync = newClient(live.server, { timeout: 30_000, ...options }, clock);
  const phases: SyncStatus["phase"][] = [];
  sync.onStatus(({ phase }) => {
    if (phases.at(-1) !== phase) phases.push(phase);
  });
  onTestFinished(() => sync.stop());
  return { live, clock, world, sync, phases };
}

export const until = (condition: () => unknown) =>
  vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error(`never: ${condition}`);
    },
    { timeout: 20_000, interval: 2 },
  );
