import { limits, toHex, type Window } from "@digest-sync/core";
import type { SettleContext } from "./context.js";
import type { DigestRow, ScopeSum } from "./dialect.js";
import { readDigests, readFiltered } from "./packed.js";
import { breathe, groups } from "./pages.js";

/** Index lookups in one statement: some milliseconds in which a database in this process does nothing else. */
const lookupsAtOnce = 10_000;
/** The same for digests that are looked at without an index. */
const filteredAtOnce = 5_000;

export interface Located {
  /** By collection, what is behind the elements that were looked for. */
  readonly digests: ReadonlyMap<string, readonly DigestRow[]>;
  /** Whether any element that was looked for is not there (any more). */
  readonly isMissing: boolean;
  /** Whether elements were left for the next answer. */
  readonly isCut: boolean;
}

/**
 * The stored digests behind elements (8 bytes each, concatenated) that a sketch says only the server has. A forged
 * sketch may say so of thousands that nobody has: what it takes to look is bounded, and ends with the first slice in
 * which one is missing.
 */
export async function locate(
  context: SettleContext,
  scopes: readonly ScopeSum[],
  elements: Uint8Array,
  window: Window,
): Promise<Located> {
  const filled = scopes.filter(({ count }) => count > 0);
  // More rows than these have no place in the answer.
  const wanted = toHex(elements.subarray(0, limits.pageRows * 8)).match(/.{16}/g) ?? [];
  const of = elements.length / 8;
  if (of === 0) return { digests: new Map(), isMissing: false, isCut: false };
  if (window === 0) return lookUp(context, filled, wanted, of);
  const rows = filled.reduce((sum, { count }) => sum + count, 0);
  if (rows > limits.scannedRows) return { digests: new Map(), isMissing: true, isCut: false };
  return lookThrough(context, filled, wanted, window, of);
}

async function lookUp(
  { database, dialect }: SettleContext,
  scopes: readonly ScopeSum[],
  wanted: readonly string[],
  of: number,
): Promise<Located> {
  const share = (lookups: number) => Math.max(1, Math.floor(lookups / Math.max(1, scopes.length)));
  const most = Math.min(wanted.length, share(limits.lookups));
  const collected = new Collected(scopes);
  const ids = scopes.map(({ id }) => id);
  for (let at = 0; at < most && !collected.isMissing; at += share(lookupsAtOnce)) {
    const slice = wanted.slice(at, Math.min(most, at + share(lookupsAtOnce)));
    collected.expect(slice);
    for (const row of await readDigests(database, dialect.findElements(ids, slice))) collected.visit(row, 0);
    await breathe();
  }
  return collected.result(most < of);
}

async function lookThrough(
  { database, dialect }: SettleContext,
  scopes: readonly ScopeSum[],
  wanted: readonly string[],
  window: Window,
  of: number,
): Promise<Located> {
  const collected = new Collected(scopes);
  collected.expect(wanted);
  for (const group of groups(scopes, filteredAtOnce)) {
    const ids = group.map(({ id }) => id);
    // Several small scopes are one page, with room for what has been written since they were counted.
    const limit = ids.length === 1 ? filteredAtOnce : 2 * filteredAtOnce;
    for (let after: string | null = null; ; ) {
      const page = await readFiltered(database, dialect.filterPage(ids, window, wanted, after, limit));
      for (const row of page.digests) collected.visit(row, window);
      await breathe();
      if (ids.length > 1 || page.count < limit) break;
      after = page.last;
    }
  }
  return collected.result(wanted.length < of);
}

class Collected {
  readonly #collections: ReadonlyMap<string, string>;
  readonly #digests = new Map<string, DigestRow[]>();
  readonly #wanted = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(scopes: readonly ScopeSum[]) {
    this.#collections = new Map(scopes.map(({ id, collection }) => [String(id), collection]));
  }

  expect(elements: readonly string[]): void {
    for (const element of elements) this.#wanted.add(element);
  }

  visit(row: DigestRow, window: Window): void {
    const element = row.digest.slice(window * 16, window * 16 + 16);
    const collection = this.#collections.get(String(row.scopeId));
    if (collection === undefined || !this.#wanted.has(element)) return;
    this.#seen.add(element);
    const digests = this.#digests.get(collection);
    if (digests) digests.push(row);
    else this.#digests.set(collection, [row]);
  }

  get isMissing(): boolean {
    return this.#seen.size < this.#wanted.size;
  }

  result(isCut: boolean): Located {
    return { digests: this.#digests, isMissing: this.isMissing, isCut };
  }
}
