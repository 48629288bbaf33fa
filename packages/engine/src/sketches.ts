import { limits, Sketch, toHex, type Window } from "@digest-sync/core";
import type { Dialect, ScopeRow, ScopeSum } from "./dialect.js";
import { breathe, groups } from "./pages.js";
import type { Database, Statement } from "./ports.js";
import { addUp } from "./summary.js";
import { storedSketchFrom } from "./sums.js";

/** Cells all cached sketches have together: 16 bytes each, so 16 MiB. */
const cachedCells = 1_048_576;
/** Elements read at a time. */
const pageElements = 5_000;

interface ElementPage {
  readonly last: string | null;
  readonly count: number | bigint;
  readonly elements: string | null;
}

/**
 * How long a sketch is built: a power of two, because the next request often asks for more cells; and whoever asks for
 * one cell more each time has it built anew five times, not thousands of times.
 */
function builtCells(cells: number): number {
  let built = 1_024;
  while (built < cells) built *= 2;
  return Math.min(limits.cells, built);
}

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
  async sum(scopes: readonly ScopeSum[], cells: number, window: Window): Promise<Sketch> {
    const filled = scopes.filter(({ count }) => Number(count) > 0);
    const large = filled.filter(({ count }) => Number(count) > storedSketchFrom);
    const small = filled.filter((scope) => !large.includes(scope));
    const sum = Sketch.of(cells);
    const stored = window === 0 && cells <= limits.storedCells ? await this.#stored(large) : new Map<string, Sketch>();
    for (const scope of large) {
      const sketch = stored.get(String(scope.id)) ?? (await this.#of([scope], cells, window));
      sum.merge(sketch.prefix(cells));
    }
    // Thousands of small scopes together are built like one: no sketch for each, and no query for each.
    if (small.length > 0) sum.merge((await this.#of(small, cells, window)).prefix(cells));
    return sum;
  }

  /** Those kept in the database, by scope id. */
  async #stored(scopes: readonly ScopeSum[]): Promise<Map<string, Sketch>> {
    const rows = scopes.length === 0 ? [] : await this.#database.query<ScopeRow>(this.#dialect.scopes(scopes));
    return new Map(rows.flatMap(({ id, sketch }) => (sketch ? [[String(id), Sketch.fromStored(sketch)]] : [])));
  }

  async #of(scopes: readonly ScopeSum[], cells: number, window: Window): Promise<Sketch> {
    const name = `${window}:${toHex(addUp(scopes).root)}`;
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
    const build = this.#build(scopes, builtCells(cells), window);
    this.#building.set(name, build);
    try {
      const { sketch, exact } = await build.then(async (sketch) => ({ sketch, exact: await this.#unmoved(scopes) }));
      // Built while the scope changed, it is a little off: good enough to find differences, not to keep.
      if (exact) this.#keep(name, sketch);
      return sketch;
    } finally {
      if (this.#building.get(name) === build) this.#building.delete(name);
    }
  }

  async #build(scopes: readonly ScopeSum[], cells: number, window: Window): Promise<Sketch> {
    const sketch = Sketch.of(cells);
    for (const group of groups(scopes, pageElements)) {
      const [only] = group;
      if (group.length === 1 && only) await this.#addPages(sketch, only, window);
      else
        await this.#addPage(
          sketch,
          this.#dialect.elementsOf(
            group.map(({ id }) => id),
            window,
          ),
        );
    }
    return sketch;
  }

  async #addPages(sketch: Sketch, { id }: ScopeSum, window: Window): Promise<void> {
    for (let after: string | null = null; ; ) {
      const page = await this.#addPage(sketch, this.#dialect.elementPage(id, window, after, pageElements));
      if (Number(page.count) < pageElements) return;
      after = page.last;
    }
  }

  async #addPage(sketch: Sketch, statement: Statement): Promise<ElementPage> {
    const [page] = await this.#database.query<ElementPage>(statement);
    const elements = page?.elements ?? "";
    for (let at = 0; at < elements.length; at += 16) {
      sketch.addElement(
        Number.parseInt(elements.slice(at, at + 8), 16),
        Number.parseInt(elements.slice(at + 8, at + 16), 16),
        1,
      );
      if (at % 16_000 === 15_984) await breathe();
    }
    await breathe();
    return page ?? { last: null, count: 0, elements: null };
  }

  async #unmoved(scopes: readonly ScopeSum[]): Promise<boolean> {
    const rows = await this.#database.query<ScopeRow>(this.#dialect.scopes(scopes));
    const versions = new Map(rows.map(({ id, version }) => [String(id), String(version)]));
    return scopes.every(({ id, version }) => versions.get(String(id)) === String(version));
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
