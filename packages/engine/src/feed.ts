import { limits } from "@digest-sync/core";
import type { SettleContext } from "./context.js";
import { readStamps } from "./packed.js";
import { breathe } from "./pages.js";
import type { ScopeRef } from "./scope.js";
import { guarded } from "./settler.js";

/**
 * A way to tell the other server processes at once that something has settled. Nothing depends on it: each process looks
 * by itself twice a second while somebody watches. What is published carries no data.
 */
export interface Notifications {
  publish(): void | Promise<void>;
  /** Resolves to the function that ends it. */
  subscribe(listener: () => void): Promise<() => void | Promise<void>>;
}

export interface FeedOptions {
  /** Milliseconds between two looks at what other processes settled. Default 500. */
  readonly every?: number;
  onError?(error: unknown): void;
}

interface Watched {
  readonly ref: ScopeRef;
  readonly listeners: Set<() => void>;
  /** As of the last look; undefined before the first. */
  stamp: string | undefined;
}

/** A look takes at most one part in so many of the time, however many scopes are watched. */
const share = 10;

/**
 * Tells those who watch scopes that the rows of these have changed, whichever process settled them. Everything that may
 * mean so (this process settled, another one published, half a second has passed) only makes it look at the scopes' stamps,
 * and the stamps alone decide: so a scope's watchers hear of that scope, and never of what changed nothing.
 */
export class Feed {
  readonly #context: SettleContext;
  readonly #every: number;
  readonly #onError: (error: unknown) => void;
  readonly #onWatched: (isWatched: boolean) => void;
  readonly #watched = new Map<string, Watched>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #notifications: Notifications | undefined;
  #subscription: Promise<() => void | Promise<void>> | undefined;
  #publishing: Promise<void> | undefined;
  #publishAgain = false;

  /** @param onWatched called when the first one begins to watch, and when the last one has ended */
  constructor(
    context: SettleContext,
    { every = 500, onError = warnOnce() }: FeedOptions,
    onWatched: (isWatched: boolean) => void,
  ) {
    this.#context = context;
    this.#every = every;
    this.#onWatched = onWatched;
    this.#onError = guarded(onError);
  }

  /**
   * Calls the listener whenever one of the scopes has changed, beginning with the moment the promise resolves. Resolves to
   * the function that ends it.
   */
  async watch(scopes: readonly ScopeRef[], listener: () => void): Promise<() => void> {
    const added: Watched[] = [];
    for (const ref of scopes) {
      const name = nameOf(ref);
      const watched = this.#watched.get(name) ?? { ref, listeners: new Set(), stamp: undefined };
      this.#watched.set(name, watched);
      watched.listeners.add(listener);
      if (watched.stamp === undefined) added.push(watched);
    }
    const end = () => this.#unwatch(scopes, listener);
    try {
      // Before anybody is told that it watches: what changes from now on must be seen to change.
      await this.#read(added, (watched, stamp) => {
        watched.stamp ??= stamp;
      });
    } catch (error) {
      end();
      throw error;
    }
    this.#onWatched(true);
    this.#subscribe();
    this.#schedule(this.#every);
    return end;
  }

  /** Also tells other processes, and hears from them. */
  relay(notifications: Notifications): void {
    this.#notifications = notifications;
  }

  /** This process has settled something. */
  settled(): void {
    this.#soon();
    this.#publish();
  }

  /** Looks once, and tells whose scopes have changed. For tests; the feed does it by itself. */
  async look(): Promise<void> {
    const changed = new Set<() => void>();
    await this.#read([...this.#watched.values()], (watched, stamp) => {
      if (watched.stamp === stamp) return;
      const isFirst = watched.stamp === undefined;
      watched.stamp = stamp;
      if (!isFirst) for (const listener of watched.listeners) changed.add(listener);
    });
    for (const listener of changed) listener();
  }

  /** Forgets everybody who watches. */
  async stop(): Promise<void> {
    this.#watched.clear();
    this.#cancel();
    this.#onWatched(false);
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await Promise.all([this.#looking, this.#publishing]);
    await subscription?.then((end) => end()).catch(this.#onError);
  }

  #unwatch(scopes: readonly ScopeRef[], listener: () => void): void {
    for (const ref of scopes) {
      const watched = this.#watched.get(nameOf(ref));
      watched?.listeners.delete(listener);
      if (watched?.listeners.size === 0) this.#watched.delete(nameOf(ref));
    }
    if (this.#watched.size > 0) return;
    this.#cancel();
    this.#onWatched(false);
  }

  async #read(all: readonly Watched[], found: (watched: Watched, stamp: string) => void): Promise<void> {
    const { database, dialect } = this.#context;
    for (let at = 0; at < all.length; at += limits.scopes) {
      if (at > 0) await breathe();
      const some = all.slice(at, at + limits.scopes);
      const stamps = await readStamps(database, dialect.stamps(some.map(({ ref }) => ref)));
      const byName = new Map(stamps.map((row) => [nameOf(row), row.stamp]));
      // A scope that does not exist yet is as empty as one without digests.
      for (const watched of some) found(watched, byName.get(nameOf(watched.ref)) ?? "");
    }
  }

  #soon(): void {
    if (this.#looking) this.#lookAgain = true;
    else this.#schedule(0);
  }

  #schedule(pause: number): void {
    if (this.#watched.size === 0 || this.#looking) return;
    if (pause > 0 && this.#timer) return;
    this.#cancel();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const started = performance.now();
      this.#looking = this.look()
        .catch(this.#onError)
        .finally(() => {
          this.#looking = undefined;
          const rest = (performance.now() - started) * share;
          this.#schedule(this.#lookAgain ? rest : Math.max(this.#every, rest));
          this.#lookAgain = false;
        });
    }, pause);
    this.#timer.unref?.();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #subscribe(): void {
    if (!this.#notifications || this.#subscription) return;
    this.#subscription = this.#notifications.subscribe(() => this.#soon());
    this.#subscription.catch((error) => {
      // The next one who watches tries again.
      this.#subscription = undefined;
      this.#onError(error);
    });
  }

  /** One at a time: what settles meanwhile is one more. */
  #publish(): void {
    if (!this.#notifications) return;
    if (this.#publishing) {
      this.#publishAgain = true;
      return;
    }
    this.#publishing = Promise.resolve()
      .then(() => this.#notifications?.publish())
      .catch(this.#onError)
      .finally(() => {
        this.#publishing = undefined;
        if (!this.#publishAgain) return;
        this.#publishAgain = false;
        this.#publish();
      });
  }
}

const nameOf = ({ collection, scope }: ScopeRef) => `${collection}/${scope}`;

function warnOnce(): (error: unknown) => void {
  let warned = false;
  return (error) => {
    if (warned) return;
    warned = true;
    const { message } = error as { message?: unknown };
    console.warn(`digest-sync: clients are told late of what changes; they are not affected otherwise. ${message}`);
  };
}
