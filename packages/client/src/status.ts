import type { DigestSyncError } from "@digest-sync/core";
import type { SyncProgress } from "./options.js";
import { Listeners } from "./subscribe.js";

/**
 * What the client is at. `idle`: neither syncing nor started. Once it is started: `connecting`, then `live` (the server
 * says when something changed) or `polling` (it cannot, so the client asks); `paused` in a hidden tab, `offline` without a
 * network. `syncing` while a sync runs, `error` after one that failed until the next begins.
 */
export type SyncPhase = "idle" | "connecting" | "live" | "polling" | "paused" | "offline" | "syncing" | "error";

/** One moment of a client. Never changes: what is new is another object. */
export interface SyncStatus {
  readonly phase: SyncPhase;
  /** When the copy was last proven equal to the server's, by `Date.now()`; undefined: not since this client was made. */
  readonly lastInSync: number | undefined;
  /** The server has, or may have, something that is not here yet. */
  readonly pending: boolean;
  /** Why the last sync failed; its message says what to do. Gone with the next sync that succeeds. */
  readonly error: DigestSyncError | undefined;
  /** When the client tries again by itself. */
  readonly retryAt: number | undefined;
  /** Of the sync that runs. */
  readonly progress: SyncProgress | undefined;
  /** False in a tab that leaves the syncing to another one and shows what that one brings. */
  readonly leads: boolean;
}

/** What the phase is made of. */
interface Parts extends Omit<SyncStatus, "phase"> {
  /** The phase between two syncs. */
  readonly rest: Exclude<SyncPhase, "syncing" | "error">;
  readonly isSyncing: boolean;
}

export class StatusHolder {
  #parts: Parts = {
    ...{ rest: "idle", isSyncing: false, lastInSync: undefined, pending: true, error: undefined },
    ...{ retryAt: undefined, progress: undefined, leads: true },
  };
  current = snapshot(this.#parts);
  readonly listeners = new Listeners<SyncStatus>();

  set(change: Partial<Parts>): void {
    const parts = this.#parts;
    if (Object.entries(change).every(([name, value]) => parts[name as keyof Parts] === value)) return;
    this.#parts = { ...parts, ...change };
    this.current = snapshot(this.#parts);
    this.listeners.tell(this.current);
  }
}

function snapshot({ rest, isSyncing, ...status }: Parts): SyncStatus {
  const isAway = rest === "paused" || rest === "offline";
  const phase = isSyncing ? "syncing" : status.error && !isAway ? "error" : rest;
  return Object.freeze({ phase, ...status });
}
