import { limits, Sketch, toHex, type Window } from "@digest-sync/core";
import type { Dialect, ScopeRow } from "./dialect.js";
import { breathe } from "./pages.js";
import type { Database } from "./ports.js";
import { Sums } from "./sums.js";

/** Cells all cached sketches have together: 16 bytes each, so 16 MiB. */
const cachedCells = 1_048_576;
/** Elements read at a time. */
const pageElements = 5_000;
/** A sketch is built at least this long: the next request often asks for more cells. */
const fewestBuilt = 1_024;

/**
 * Sketches of scopes: the stored one where it is long enough, else built from the digest index and kept in memory.
 * The cache's name for a sketch includes the scope's root, which names the set: an entry is never out of date.
 */
export class Sketches {
  readonly #database: Database;
  readonly #dialect: Dialect;
  readonly #cache = new Map<string, Sketch>();
  readonly #building = new Map<string, Promise<Sketch>>();
  #cells = 0;

  constructor(database: Database, dialect: Dialect) {
    this.#database = database;
    this.#dialect = dialect;
  }

  /** A sketch of exactly this many cells of everything in these scopes. */
  async sum(scopes: readonly ScopeRow[], cells: number, window: Window): Promise<Sketch> {
    const sum = Sketch.of(cells);
    for (const scope of scopes) {
      if (Number(scope.count) === 0) continue;
      sum.merge((await this.#of(scope, cells, window)).prefix(cells));
    }
    return sum;
  }

  async #of(scope: ScopeRow, cells: number, window: Window): Promise<Sketch> {
    if (window === 0 && scope.sketch && cells <= limits.storedCells) return Sketch.fromStored(scope.sketch);
    const name = `${scope.id}:${window}:${toHex(Sums.of(scope).state.root())}`;
    const cached = this.#cache.get(name);
    if (cached && cached.cells >= cells) {
      this.#cache.delete(name);
      this.#cache.set(name, cached);
      return cached;
    }
    // One build per scope at a time: whoever comes meanwhile takes its result if it is long enough.
    const running = this.#building.get(name);
    if (running) {
      const built = await running;
      if (built.cells >= cells) return built;
    }
    const build = this.#build(scope, Math.min(limits.cells, Math.max(fewestBuilt, cells)), window);
    this.#building.set(name, build);
    try {
      const { sketch, exact } = await build.then(async (sketch) => ({ sketch, exact: await this.#unmoved(scope) }));
      // Built while the scope changed, it is a little off: good enough to find differences, not to keep.
      if (exact) this.#keep(name, sketch);
      return sketch;
    } finally {
      if (this.#building.get(name) === build) this.#building.delete(name);
    }
  }

  async #build(scope: ScopeRow, cells: number, window: Window): Promise<Sketch> {
    const sketch = Sketch.of(cells);
    for (let after: string | null = null; ; ) {
      const [page]: { last: string | null; count: number | bigint; elements: string | null }[] =
        await this.#database.query(this.#dialect.elementPage(scope.id, window, after, pageElements));
      if (!page?.elements) break;
      const { elements } = page;
      for (let at = 0; at < elements.length; at += 16) {
        sketch.addElement(
          Number.parseInt(elements.slice(at, at + 8), 16),
          Number.parseInt(elements.slice(at + 8, at + 16), 16),
          1,
        );
        if (at % 16_000 === 15_984) await breathe();
      }
      if (Number(page.count) < pageElements) break;
      after = page.last;
      await breathe();
    }
    return sketch;
  }

  async #unmoved(scope: ScopeRow): Promise<boolean> {
    const [now] = await this.#database.query<ScopeRow>(this.#dialect.scopes([scope]));
    return now !== undefined && String(now.version) === String(scope.version);
  }

  #keep(name: string, sketch: Sketch): void {
    this.#cells += sketch.cells - (this.#cache.get(name)?.cells ?? 0);
    this.#cache.delete(name);
    this.#cache.set(name, sketch);
    for (const [oldest, { cells }] of this.#cache) {
      if (this.#cells <= cachedCells) break;
      this.#cache.delete(oldest);
      this.#cells -= cells;
    }
  }
}
