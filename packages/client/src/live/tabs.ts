import type { ErrorCode } from "@digest-sync/core";
import type { Kit } from "../later.js";
import type { StatusHolder, SyncStatus } from "../status.js";
import type { LocalChange } from "../subscribe.js";
import type { Channel, TabsWorld } from "./world.js";

type Message =
  | { readonly type: "hello" }
  | { readonly type: "applied"; readonly change: LocalChange }
  | { readonly type: "status"; readonly status: SentStatus };

/** Errors cannot be sent whole. */
interface SentStatus extends Omit<SyncStatus, "error"> {
  readonly error: { readonly code: ErrorCode; readonly message: string } | undefined;
}

export interface TabsOptions {
  readonly world: TabsWorld;
  /** What the tabs that share a store have in common. */
  readonly name: string;
  readonly status: StatusHolder;
  readonly kit: Kit;
  readonly subscribe: (listener: (change: LocalChange) => void) => () => void;
  /** Another tab has changed the store. */
  readonly onApplied: (change: LocalChange) => Promise<void>;
}

/**
 * The tabs that share a store. The one that holds the lock syncs for all; each tells the others what it has applied, and
 * the one that leads also its status.
 */
export class Tabs {
  private readonly channel: Channel;
  private readonly ends: (() => void)[];
  private isLeading = false;
  /** What is told right now came from another tab, and is not to be told again. */
  private isReceiving = false;

  constructor(private readonly options: TabsOptions) {
    const { world, name, status, subscribe } = options;
    this.channel = world.channel(`digest-sync/${name}`);
    this.channel.onmessage = ({ data }) => void this.receive(data as Message);
    this.ends = [
      subscribe((change) => {
        if (!this.isReceiving) this.send({ type: "applied", change });
      }),
      status.listeners.add(() => this.tellStatus()),
    ];
  }

  /** Waits until this tab leads, then works for as long as that goes on. Until the signal fires. */
  async lead(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { world, name, status } = this.options;
    status.set({ leads: false });
    this.send({ type: "hello" });
    try {
      await world.locks.request(`digest-sync/${name}`, { signal }, async () => {
        this.isLeading = true;
        status.set({ leads: true, error: undefined, retryAt: undefined, isSyncing: false, rest: "connecting" });
        try {
          await work();
        } finally {
          this.isLeading = false;
        }
      });
    } catch {
      // Aborted while it waited; or there are no locks for this page, as in a sandboxed frame.
      if (!signal.aborted) await work();
    }
    // Not what the tab that leads was at when this one stopped to listen.
    status.set({ isSyncing: false, progress: undefined });
  }

  close(): void {
    for (const end of this.ends) end();
    this.channel.close();
  }

  private async receive(message: Message): Promise<void> {
    switch (message.type) {
      case "hello":
        return this.tellStatus();
      case "applied":
        await this.options.onApplied(message.change);
        return;
      case "status":
        return this.follow(message.status);
    }
  }

  /** Tells this tab's listeners of a change that another tab made. */
  announce(tell: () => void): void {
    this.isReceiving = true;
    try {
      tell();
    } finally {
      this.isReceiving = false;
    }
  }

  private tellStatus(): void {
    const { current } = this.options.status;
    if (!this.isLeading) return;
    const error = current.error && { code: current.error.code, message: current.error.message };
    this.send({ type: "status", status: { ...current, error } });
  }

  private follow({ phase, error, leads: _, ...rest }: SentStatus): void {
    const { status, kit } = this.options;
    if (this.isLeading || status.current.leads) return;
    status.set({
      ...rest,
      error: error && new kit.DigestSyncError(error.code, error.message),
      isSyncing: phase === "syncing",
      ...(phase === "syncing" || phase === "error" ? {} : { rest: phase }),
    });
  }

  private send(message: Message): void {
    this.channel.postMessage(message);
  }
}
