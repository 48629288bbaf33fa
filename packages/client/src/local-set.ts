import { equalBytes, RootState, Sketch, type Window } from "@digest-sync/core";
import type { NetChange } from "./net-change.js";
import { decodeState, encodeState, type State, type Sum } from "./state.js";
import { everyPage, type LocalStore } from "./store.js";
import { type AppManifest, View } from "./view.js";

/** Shorter sketches are prefixes of this one, so that the second, longer one is often there already. */
export const KEPT_CELLS = 256;

interface KeptSketch {
  readonly window: Window;
  readonly sketch: Sketch;
}

/**
 * The rows of a store with what is derived from them: sums and sketch follow every change in O(changed rows). What is
 * in memory is a copy of what the store saved, taken anew when another client of the same store was here.
 */
export class LocalSet {
  view: View;
  state: State;
  /** The saved state could not be read, or contradicts the rows: audit before anything is sent. */
  damaged = false;
  #revision = -1;
  #isLookedAt = false;
  kept: KeptSketch | undefined;

  constructor(
    readonly store: LocalStore,
    readonly app: AppManifest,
    private readonly onChange: (change: NetChange) => void,
  ) {
    this.view = new View(app);
    this.state = this.#emptyState();
  }

  /** For reading before the first sync: the store knows which manifest its rows are of. */
  async loaded(): Promise<void> {
    if (this.#revision < 0) await this.refresh();
  }

  /** Takes over what the store holds, unless it is what is known already. */
  async refresh(): Promise<void> {
    const saved = await this.store.load();
    const revision = saved?.revision ?? 0;
    if (revision === this.#revision) return;
    const state = saved === null ? this.#emptyState() : decodeState(saved.state);
    this.state = state ?? this.#emptyState();
    const { app, server, sketch } = this.state;
    this.view = new View(this.app, equalBytes(app, this.app.fingerprint) ? server : undefined);
    this.kept = state && sketch && { window: 0, sketch };
    this.damaged = state === undefined || this.count < 0;
    this.#revision = revision;
    this.#isLookedAt = false;
  }

  /** Whether collections hold rows though the saved state has none: looked at once per state, to notice a state that was lost. */
  async hasStrayRows(): Promise<boolean> {
    if (this.#isLookedAt) return false;
    this.#isLookedAt = true;
    for (const name of this.app.held.keys()) {
      if (!this.state.sums.has(name) && (await this.store.digests(name, null, 1)).length > 0) return true;
    }
    return false;
  }

  /** Rows in active collections. */
  get count(): number {
    return this.#total().count;
  }

  root(): Uint8Array {
    return this.#total().root();
  }

  /** Rows held of a collection, frozen or not, by whichever client of the store. */
  async size(collection: string): Promise<number> {
    const saved = await this.store.load();
    const state = saved === null || saved.revision === this.#revision ? this.state : decodeState(saved.state);
    return state?.sums.get(collection)?.root.count ?? 0;
  }

  /** The sketch of the active collections; undefined when the sums contradict the rows: the set is then `damaged`. */
  async sketch(cells: number, window: Window): Promise<Sketch | undefined> {
    if (this.kept?.window !== window || this.kept.sketch.cells < cells) {
      const sketch = Sketch.of(Math.max(cells, KEPT_CELLS));
      for (const collection of this.view.active) {
        for await (const page of everyPage(this.store.digests, collection)) {
          for (const { digest } of page) sketch.add(digest, window);
        }
      }
      this.kept = { window, sketch };
    }
    const sketch = this.kept!.sketch.prefix(cells);
    if (sketch.fits(this.count)) return sketch;
    this.damaged = true;
    return undefined;
  }

  /**
   * Applies a change and the state that goes with it, atomically. `change` is net of what the store holds; `sums` only
   * where they are not the present ones plus the change. Returns false, having changed nothing, when another client of
   * the store was first: what the change was made of is out of date. `announced` is what subscribers hear of it.
   */
  async commit(change: NetChange, next: Partial<State> = {}, announced: NetChange = change): Promise<boolean> {
    const sums = next.sums ?? this.sumsAfter(change);
    const sketch = next.sums === undefined ? this.#sketchAfter(change) : undefined;
    const state: State = { ...this.state, ...next, app: this.app.fingerprint, sums, sketch };
    const { deletes, added: upserts } = change;
    const revision = this.#revision + 1;
    const done = await this.store.apply({ deletes, upserts, revision, state: encodeState(state) });
    if (!done) {
      await this.refresh();
      return false;
    }
    this.#revision = revision;
    this.state = state;
    if (state.server !== this.view.server) this.view = new View(this.app, state.server);
    if (next.sums !== undefined) this.kept = undefined;
    else if (this.kept?.window === 0 && this.kept.sketch.cells === KEPT_CELLS)
      this.kept = sketch && { window: 0, sketch };
    else if (this.kept !== undefined) update(this.kept, change);
    if (announced.added.length > 0 || announced.deletes.length > 0) this.onChange(announced);
    return true;
  }

  #emptyState(): State {
    const sketch = Sketch.of(KEPT_CELLS);
    return { app: this.app.fingerprint, algorithm: this.app.manifest.algorithm, sums: new Map(), sketch };
  }

  #total(): RootState {
    const total = new RootState();
    for (const name of this.view.active) {
      const sum = this.state.sums.get(name);
      if (sum !== undefined) total.merge(sum.root);
    }
    return total;
  }

  /** The sums as they are once this has been applied. */
  sumsAfter({ removed, added }: Pick<NetChange, "removed" | "added">): ReadonlyMap<string, Sum> {
    const sums = new Map(this.state.sums);
    const touched = new Set<RootState>();
    const rootOf = (name: string): RootState => {
      const sum = sums.get(name);
      if (sum !== undefined && touched.has(sum.root)) return sum.root;
      const root = sum?.root.clone() ?? new RootState();
      touched.add(root);
      sums.set(name, { root, key: sum?.key ?? this.view.collection(name)?.key ?? [] });
      return root;
    };
    for (const { collection, digest } of removed) rootOf(collection).subtract(digest);
    for (const { collection, digest } of added) rootOf(collection).add(digest);
    for (const [name, { root }] of sums) if (root.count === 0 && touched.has(root)) sums.delete(name);
    return sums;
  }

  /** The sketch to save with this change. */
  #sketchAfter(change: NetChange): Sketch | undefined {
    if (this.kept?.window !== 0) return undefined;
    const sketch = this.kept.sketch.prefix(KEPT_CELLS);
    update({ sketch, window: 0 }, change);
    return sketch;
  }
}

function update({ sketch, window }: KeptSketch, { removed, added }: NetChange): void {
  for (const { digest } of removed) sketch.subtract(digest, window);
  for (const { digest } of added) sketch.add(digest, window);
}
