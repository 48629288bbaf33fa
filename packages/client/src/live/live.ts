import type { Environment } from "../environment.js";
import type { Kit } from "../later.js";
import type { DigestSyncClientOptions, SyncOptions, SyncResult } from "../options.js";
import type { Refresh } from "../refresh.js";
import type { StatusHolder } from "../status.js";
import type { LocalChange } from "../subscribe.js";
import { listen } from "./listen.js";
import { backoff, Pump } from "./pump.js";
import { Tabs } from "./tabs.js";
import type { World } from "./world.js";

export interface StartOptions {
  /**
   * Whether the server is to say when something changed (`GET {url}/events`). Where it cannot, or something in between
   * holds events back, the client polls. Default: true.
   */
  readonly live?: boolean;
  /** Milliseconds between two syncs while the server does not say when something changed. Default: 30,000. */
  readonly every?: number;
}

/** What live sync needs of a client. */
export interface LiveClient {
  readonly options: Pick<DigestSyncClientOptions<Record<string, object>>, "url" | "headers" | "collections" | "store">;
  readonly sync: (options: SyncOptions) => Promise<SyncResult>;
  /** Something has changed: the next sync sends a sketch. */
  readonly hint: () => void;
  readonly fetch: typeof fetch;
  readonly refresh: Refresh | undefined;
  readonly kit: Kit;
  readonly environment: Environment;
  readonly status: StatusHolder;
  readonly subscribe: (listener: (change: LocalChange) => void) => () => void;
  /** Takes over what another tab has put into the store; then `tell` calls the listeners. */
  readonly reload: (change: LocalChange, tell: (run: () => void) => void) => Promise<void>;
}

const EVERY = 30_000;
/** A connection that ends sooner than this counts as one that failed. */
const SHORT_LIFE = 10_000;
/**
 * For the first sync to wait for the connection, which asks for one when it is there: two would be one request too many
 * of every page that is opened.
 */
const CONNECT_PATIENCE = 1_000;
/** Before events are asked for again where there were none: the server may have been updated. */
const UNAVAILABLE_PAUSE = 600_000;

/** Keeps a client's copy equal to the server's, until it is stopped. */
export class Live {
  private readonly stopped = new AbortController();
  private readonly pump: Pump;
  private readonly tabs: Tabs | undefined;
  private readonly done: Promise<void>;
  private isLive = false;

  constructor(
    private readonly client: LiveClient,
    private readonly options: StartOptions,
    private readonly world: World,
  ) {
    const { environment, status } = client;
    const { name } = client.options.store ?? {};
    this.pump = new Pump({
      sync: client.sync,
      environment,
      patience: options.live === false ? 0 : CONNECT_PATIENCE,
      every: () => (this.isLive ? undefined : this.every * (0.9 + 0.2 * environment.random())),
      onRetry: (retryAt) => status.set({ retryAt }),
      stopped: this.stopped.signal,
    });
    if (world.tabs && name !== undefined) {
      this.tabs = new Tabs({
        ...{ world: world.tabs, name, status, subscribe: client.subscribe, kit: client.kit },
        onApplied: (change) => client.reload(change, (tell) => this.tabs?.announce(tell)).catch(() => {}),
      });
    }
    this.done = this.run();
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.done;
    this.tabs?.close();
    this.client.status.set({ rest: "idle", retryAt: undefined, isSyncing: false, leads: true });
  }

  private get every(): number {
    return this.options.every ?? EVERY;
  }

  private get isActive(): boolean {
    return this.world.isVisible() && this.world.isOnline() && !this.stopped.signal.aborted;
  }

  /** From one time that the tab is visible and online to the next. */
  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const turn = new AbortController();
      const look = () => {
        if (!this.isActive) turn.abort();
      };
      const unwatch = this.world.watch(look);
      signal.addEventListener("abort", look);
      look();
      try {
        if (!turn.signal.aborted) await this.turn(turn.signal);
      } finally {
        unwatch();
        signal.removeEventListener("abort", look);
      }
      await this.untilActive();
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const { status } = this.client;
    status.set({ rest: "connecting" });
    const work = async () => {
      await Promise.all([this.pump.run(signal), this.listenOn(signal)]);
    };
    await (this.tabs ? this.tabs.lead(signal, work) : work());
  }

  private async untilActive(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted && !this.isActive) {
      this.client.status.set({ rest: this.world.isOnline() ? "paused" : "offline", retryAt: undefined });
      const changed = new AbortController();
      const end = () => changed.abort();
      const unwatch = this.world.watch(end);
      signal.addEventListener("abort", end);
      await new Promise((resolve) => changed.signal.addEventListener("abort", resolve));
      unwatch();
      signal.removeEventListener("abort", end);
    }
  }

  /** Connects again and again. Whenever a connection is there, a sync makes up for what was missed. */
  private async listenOn(signal: AbortSignal): Promise<void> {
    const { environment, status } = this.client;
    if (this.options.live === false) return this.poll();
    let failures = 0;
    while (!signal.aborted) {
      const { lived, isUnavailable, retryAfter } = await listen({
        ...{ open: (until) => this.openEvents(until), environment, signal, kit: this.client.kit },
        onReady: () => {
          this.isLive = true;
          status.set({ rest: "live" });
          this.pump.want();
        },
        onHint: () => {
          this.client.hint();
          this.pump.want();
        },
      });
      this.isLive = false;
      if (signal.aborted) return;
      failures = lived !== undefined && lived >= SHORT_LIFE ? 0 : failures + 1;
      if (failures > 0) this.poll();
      else status.set({ rest: "connecting" });
      const pause = isUnavailable ? UNAVAILABLE_PAUSE : backoff(failures, environment);
      await environment.sleep(retryAfter + pause, signal);
    }
  }

  private openEvents(signal: AbortSignal): Promise<Response> {
    const { options, fetch, refresh } = this.client;
    const { url, headers = {}, collections } = options;
    const query = collections === undefined ? "" : `?collections=${collections.join()}`;
    const open = async () => {
      const sent = new Headers(typeof headers === "function" ? await headers() : headers);
      sent.set("accept", "text/event-stream");
      return fetch(`${url.replace(/\/+$/, "")}/events${query}`, { headers: sent, signal, cache: "no-store" });
    };
    return refresh?.around(open, signal) ?? open();
  }

  private poll(): void {
    this.client.status.set({ rest: "polling" });
    this.pump.want();
  }
}
