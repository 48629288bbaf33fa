import { type DigestSyncError, messageLimits } from "@digest-sync/core";
import { withBudget } from "./budget.js";
import { type LocalCollection, localCollection } from "./collection.js";
import { connect } from "./connection.js";
import { abortable, type Environment, realEnvironment } from "./environment.js";
import { type Meter, type Send, sendWithFetch } from "./http.js";
import { kit, later, mending } from "./later.js";
import type { Live, StartOptions, World } from "./live/index.js";
import { LocalSet } from "./local-set.js";
import { memoryStore } from "./memory-store.js";
import type { AuditResult } from "./mend/audit.js";
import { open } from "./open.js";
import type { DigestSyncClientOptions, SyncOptions, SyncProgress, SyncResult } from "./options.js";
import { Refresh } from "./refresh.js";
import { withRetries } from "./retry.js";
import { StatusHolder, type SyncStatus } from "./status.js";
import { withStoreErrors } from "./store-errors.js";
import { Listeners, type LocalChange, localChange } from "./subscribe.js";
import { SyncRun } from "./sync-run.js";
import { withTimeout } from "./timeout.js";
import { AppManifest } from "./view.js";

/**
 * Milliseconds after which a client that goes by another manifest than its app's asks whether it is still the server's:
 * a request that names its collections is answered in any case, so nobody tells.
 */
const MANIFEST_PAUSE = 3_600_000;

/** A run that is under way, with those who wait for it. */
interface SharedRun {
  readonly run: SyncRun;
  readonly result: Promise<SyncResult>;
  readonly controller: AbortController;
  readonly progress: Listeners<SyncProgress>;
  waiting: number;
}

/**
 * Keeps a local copy of what the server lets this client hold, and proves that it is equal.
 *
 * @example
 * const sync = new DigestSyncClient({ url: "/sync", manifest });
 * const { inSync, upserted, deleted } = await sync.sync();
 * const contact = await sync.collection("Contact").get("c1");
 */
// biome-ignore lint/suspicious/noExplicitAny: the same default as Manifest's
export class DigestSyncClient<Rows extends Record<string, object> = any> {
  readonly #options: DigestSyncClientOptions<Rows>;
  readonly #environment: Environment;
  readonly #set: LocalSet;
  readonly #changes = new Listeners<LocalChange<keyof Rows & string>>();
  /** Runs and audits, one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  #shared: SharedRun | undefined;
  /** Somebody said that something changed. */
  #hinted = false;
  /** When the last run ended in sync; undefined: never, or the last one did not. */
  #inSyncAt: number | undefined;
  /** When the server's manifest was last asked for. */
  #manifestAt = Number.NEGATIVE_INFINITY;
  #changeCount = 0;
  readonly #state = new StatusHolder();
  readonly #refresh: Refresh | undefined;
  #live: Promise<Live> | undefined;

  /** @param environment for tests: their own clock, chance and sleep */
  constructor(options: DigestSyncClientOptions<Rows>, environment: Environment = realEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#refresh = options.refresh && new Refresh(options.refresh);
    const app = new AppManifest(options.manifest, options.collections);
    this.#set = new LocalSet(withStoreErrors(options.store ?? memoryStore()), app, (change) =>
      this.#tellChange(localChange(change)),
    );
  }

  /**
   * Keeps the copy equal to the server's from now on: syncs, then again whenever the server says that something changed,
   * or every so often where it cannot say so. Pauses in a hidden tab and offline; among the tabs that share a store one
   * syncs for all. What goes wrong is tried again later and later, and shows in `status`. A client that is started stays
   * as it is.
   *
   * @example
   * sync.start();
   * sync.onStatus(({ phase, error }) => show(phase, error?.message));
   *
   * @param world for tests: their own tabs, visibility and network
   */
  start(options: StartOptions = {}, world?: World): void {
    // Loaded now, so that a client that is never started does not carry it.
    this.#live ??= later(import("./live/index.js"), "live").then(
      ({ Live, realWorld }) =>
        new Live(
          {
            ...{ options: this.#options, environment: this.#environment, status: this.#state },
            ...{ fetch: this.#fetch, refresh: this.#refresh, kit },
            ...{ subscribe: this.subscribe, hint: () => this.hint(), sync: (given) => this.sync(given) },
            reload: async (change, tell) => {
              await this.#exclusive(() => this.#set.refresh());
              tell(() => this.#tellChange(change));
            },
          },
          options,
          world ?? realWorld(),
        ),
    );
    this.#live.catch((error) => {
      this.#live = undefined;
      this.#state.set({ error });
    });
  }

  /** Ends what `start` began, a sync that is under way included; what it applied by then stays. */
  async stop(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    await live?.then(
      (started) => started.stop(),
      () => {},
    );
  }

  /** What the client is at, as an object that never changes. */
  get status(): SyncStatus {
    return this.#state.current;
  }

  /** Calls the listener whenever `status` has become another. Returns the way out. Bound, as `subscribe` is. */
  readonly onStatus = (listener: (status: SyncStatus) => void): (() => void) => this.#state.listeners.add(listener);

  /**
   * Brings the local copy to the server's state. Calls share a run as long as it has a verification still to come, so
   * what the server had when a call was made is in that call's result.
   *
   * @throws DigestSyncError "network", "timeout", "unauthorized", "settling", "bad-answer", "too-large", "aborted",
   *   "store", "unknown-algorithm", "unknown-collection". Whatever was applied by then stays and is valid.
   */
  async sync(options: SyncOptions = {}): Promise<SyncResult> {
    const { signal, changesLikely, onProgress } = options;
    if (changesLikely) this.hint();
    for (;;) {
      this.#shared ??= this.#begin(changesLikely);
      const shared = this.#shared;
      const sent = shared.run.verifications;
      const quiet = onProgress && shared.progress.add(onProgress);
      shared.waiting += 1;
      try {
        const result = await abortable(shared.result, signal);
        if (shared.run.verifications > sent) return result;
      } finally {
        quiet?.();
        shared.waiting -= 1;
        if (shared.waiting === 0) {
          if (this.#shared === shared) this.#shared = undefined;
          shared.controller.abort();
        }
      }
    }
  }

  /** Says that something changed on the server, so that the next sync sends a sketch at once. */
  hint(): void {
    this.#hinted = true;
    this.#state.set({ pending: true });
  }

  /** One collection of the local copy. Throws "unknown-collection". */
  collection<Name extends keyof Rows & string>(name: Name): LocalCollection<Rows[Name]> {
    this.#set.app.find(name);
    return localCollection<Rows[Name]>(this.#set, name);
  }

  /**
   * Calls the listener after each change that was applied to the local copy. Returns the way out. Bound, so that it can
   * be handed on as it is: `useSyncExternalStore(sync.subscribe, () => sync.revision)`.
   */
  readonly subscribe = (listener: (change: LocalChange<keyof Rows & string>) => void): (() => void) =>
    this.#changes.add(listener);

  /** Goes up with every change that this client applied: an equal number means that nothing has changed. */
  get revision(): number {
    return this.#changeCount;
  }

  /**
   * Rehashes everything that is held. Rows that are wrong are dropped, sums that contradict the rows are mended, and the
   * next sync sends a sketch, which brings back what was dropped. Waits for a sync that is under way.
   */
  async audit(): Promise<AuditResult> {
    return this.#exclusive(async () => {
      await open(this.#set);
      this.#inSyncAt = undefined;
      return (await mending()).audit(kit, this.#set);
    });
  }

  #begin(changesLikely: boolean | undefined): SharedRun {
    const controller = new AbortController();
    const progress = new Listeners<SyncProgress>();
    const meter: Meter = { requests: 0, bytesUp: 0, bytesDown: 0 };
    const run = new SyncRun({
      set: this.#set,
      connection: this.#connect(meter, controller.signal),
      meter,
      changesLikely: () => this.#takeLikely(changesLikely),
      isManifestDue: () => this.#now() - this.#manifestAt > MANIFEST_PAUSE,
      onManifest: () => {
        this.#manifestAt = this.#now();
      },
      onProgress: (value) => {
        this.#state.set({ progress: value });
        progress.tell(value);
      },
    });
    const result = this.#exclusive(async () => {
      const ended = { isSyncing: false, progress: undefined };
      this.#state.set({ isSyncing: true });
      try {
        const result = await run.execute();
        const { inSync } = result;
        this.#inSyncAt = inSync ? this.#now() : undefined;
        const lastInSync = this.#inSyncAt ?? this.status.lastInSync;
        this.#state.set({ ...ended, lastInSync, pending: !inSync || this.#hinted, error: undefined });
        return result;
      } catch (error) {
        this.#inSyncAt = undefined;
        const isWanted = !controller.signal.aborted;
        this.#state.set({ ...ended, pending: true, ...(isWanted && { error: error as DigestSyncError }) });
        throw error;
      } finally {
        if (this.#shared?.run === run) this.#shared = undefined;
      }
    });
    return { run, result, controller, progress, waiting: 0 };
  }

  #connect(meter: Meter, signal: AbortSignal) {
    const { url, headers = {}, timeout = 30_000, retries = 5, maxRequests = 10_000 } = this.#options;
    const { maxAnswerBytes = messageLimits.answerBytes + 16 * 1024 * 1024, maxDownloadBytes = 2 ** 31 } = this.#options;
    const overFetch = sendWithFetch({ fetch: this.#fetch, headers, maxAnswerBytes, meter });
    const inTime = withTimeout(overFetch, timeout, this.#environment);
    const budgeted = withBudget(inTime, meter, { maxRequests, maxDownloadBytes });
    const retried = withRetries(budgeted, retries, this.#environment);
    const refresh = this.#refresh;
    const send: Send = (request) => refresh?.around(() => retried(request), request.signal) ?? retried(request);
    return connect(send, url, signal, () => this.#now());
  }

  /** Looked up late: apps patch the global fetch, and browsers want it called on its window. */
  readonly #fetch: typeof globalThis.fetch = (...call) => (this.#options.fetch ?? globalThis.fetch)(...call);

  #tellChange(change: LocalChange): void {
    this.#changeCount += 1;
    this.#changes.tell(change as LocalChange<keyof Rows & string>);
  }

  /** Asked once a run, right before its first request. */
  #takeLikely(said: boolean | undefined): boolean {
    const { pauseMs = 60_000 } = this.#options;
    const hinted = this.#hinted;
    const inSyncAt = this.#inSyncAt;
    this.#hinted = false;
    if (hinted) return true;
    return said ?? (inSyncAt === undefined || this.#now() - inSyncAt > pauseMs);
  }

  #now(): number {
    return this.#environment.now();
  }

  #exclusive<Value>(run: () => Promise<Value>): Promise<Value> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => {});
    return result;
  }
}
