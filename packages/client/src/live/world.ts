/** What live sync takes from a browser, where there is one. Tests bring their own. */
export interface World {
  readonly isVisible: () => boolean;
  readonly isOnline: () => boolean;
  /** Calls the listener when either may have changed. Returns the way out. */
  readonly watch: (listener: () => void) => () => void;
  /** Web Locks and a channel between tabs; undefined where there are no tabs that could share a store. */
  readonly tabs: TabsWorld | undefined;
}

export interface TabsWorld {
  readonly locks: Pick<LockManager, "request">;
  readonly channel: (name: string) => Channel;
}

/** What is used of a BroadcastChannel. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

/** Looked up when it is needed: Node, React Native and workers have some of it or nothing. */
export function realWorld(): World {
  const { document, navigator, BroadcastChannel } = globalThis as Partial<typeof globalThis>;
  const locks = navigator?.locks;
  return {
    isVisible: () => document?.visibilityState !== "hidden",
    isOnline: () => navigator?.onLine !== false,
    watch: (listener) => {
      const sources: [EventTarget | undefined, string][] = [
        [document, "visibilitychange"],
        [globalThis as unknown as EventTarget, "online"],
        [globalThis as unknown as EventTarget, "offline"],
      ];
      for (const [target, name] of sources) target?.addEventListener?.(name, listener);
      return () => {
        for (const [target, name] of sources) target?.removeEventListener?.(name, listener);
      };
    },
    // A process of Node may have both, but no tabs.
    tabs: document && locks && BroadcastChannel && { locks, channel: (name) => new BroadcastChannel(name) },
  };
}
