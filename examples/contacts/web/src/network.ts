import { realWorld, type World } from "@digest-sync/client/live";

/** The network as this tab sees it: the "go offline" switch cuts the sync off from it, and from nothing else. */
export class Network {
  private offline = false;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly isOffline = (): boolean => this.offline;

  switchTo(offline: boolean): void {
    this.offline = offline;
    for (const listener of this.listeners) listener();
  }

  /** What the client goes by: the browser's own world, with the switch in its line. */
  world(): World {
    const real = realWorld();
    return {
      ...real,
      isOnline: () => !this.offline && real.isOnline(),
      watch: (listener) => {
        const ends = [real.watch(listener), this.subscribe(listener)];
        return () => {
          for (const end of ends) end();
        };
      },
    };
  }
}
