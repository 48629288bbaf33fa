import { DigestSyncClient, memoryStore } from "@digest-sync/client";
import { limits, RootState, Sketch, type Window } from "@digest-sync/core";
import { manifest } from "../../../prisma/generated/digest-sync/client.js";
import type { Platform } from "./remote.js";

/** What an attacker knows of the server's set: everything it may hold itself. */
export class Known {
  readonly #sketches = new Map<Window, Sketch>();
  #root: Uint8Array | undefined;

  private constructor(
    readonly digests: readonly Uint8Array[],
    readonly keys: readonly { readonly collection: string; readonly key: string }[],
  ) {}

  static readonly nothing = new Known([], []);

  static async of(account: string, url: string): Promise<Known> {
    const store = memoryStore();
    const client = new DigestSyncClient({ url, manifest, store, headers: { authorization: account } });
    const { inSync } = await client.sync();
    if (!inSync) throw new Error(`the account ${account} does not sync`);
    const rows = [];
    for (const { name } of manifest.collections) {
      rows.push(...(await store.digests(name, null, Number.MAX_SAFE_INTEGER)));
    }
    return new Known(
      rows.map(({ digest }) => digest),
      rows.map(({ collection, key }) => ({ collection, key })),
    );
  }

  get count(): number {
    return this.digests.length;
  }

  /** A copy that may be changed. */
  sketch(cells: number, window: Window): Sketch {
    let sketch = this.#sketches.get(window);
    if (!sketch) {
      sketch = Sketch.of(limits.cells);
      for (const digest of this.digests) sketch.add(digest, window);
      this.#sketches.set(window, sketch);
    }
    return sketch.prefix(cells);
  }

  get root(): Uint8Array {
    if (!this.#root) {
      const state = new RootState();
      for (const digest of this.digests) state.add(digest);
      this.#root = state.root();
    }
    return this.#root;
  }
}

/** A well-behaved client that keeps its copy, one per account and platform. */
export class WellBehaved {
  readonly #client: DigestSyncClient;

  constructor(account: string, urls: Readonly<Record<Platform, string>>, platform: Platform) {
    this.#client = new DigestSyncClient({ url: urls[platform], manifest, headers: { authorization: account } });
  }

  async sync(): Promise<boolean> {
    const { inSync } = await this.#client.sync({ changesLikely: true });
    return inSync;
  }
}
