import { compareKeys } from "@digest-sync/core";
import { elementAt, elementSet } from "./elements.js";
import type { LocalStore, SavedState, StoredRow } from "./store.js";

/** The rows of one collection, and their keys in order. */
class MemoryCollection {
  readonly rows = new Map<string, StoredRow>();
  /** No key twice; some may be gone. Undefined: to be put in order when they are asked for. */
  #keys: string[] | undefined = [];

  put(row: StoredRow): void {
    const { key } = row;
    if (!this.rows.has(key)) {
      const last = this.#keys?.at(-1);
      // A pull brings keys in order: then there is nothing to sort.
      if (last === undefined || compareKeys(last, key) < 0) this.#keys?.push(key);
      else this.#keys = undefined;
    }
    this.rows.set(key, row);
  }

  scan(after: string | null, limit: number): StoredRow[] {
    const { rows } = this;
    if (this.#keys && this.#keys.length > 2 * rows.size) this.#keys = undefined;
    // Runs in order one after the other, which is the case that the engines' merge sort does in about linear time.
    this.#keys ??= [...rows.keys()].sort(compareKeys);
    const page: StoredRow[] = [];
    for (
      let i = after === null ? 0 : firstAfter(this.#keys, after);
      i < this.#keys.length && page.length < limit;
      i++
    ) {
      const row = rows.get(this.#keys[i]!);
      if (row !== undefined) page.push(row);
    }
    return page;
  }
}

/**
 * A store that lives as long as the page or process: the default. Hand the same one to several clients, or to a client
 * built anew, and they share what it holds.
 *
 * @example
 * const store = memoryStore();
 * const sync = new DigestSyncClient({ url: "/sync", manifest, store });
 */
export function memoryStore(): LocalStore {
  const collections = new Map<string, MemoryCollection>();
  let saved: SavedState | null = null;

  const scan = async (name: string, after: string | null, limit: number): Promise<StoredRow[]> =>
    collections.get(name)?.scan(after, limit) ?? [];

  return {
    load: async () => saved,

    apply: async ({ deletes, upserts, revision, state }) => {
      if (revision !== (saved?.revision ?? 0) + 1) return false;
      for (const { collection, key } of deletes) collections.get(collection)?.rows.delete(key);
      for (const row of upserts) {
        const collection = collections.get(row.collection) ?? new MemoryCollection();
        collections.set(row.collection, collection);
        collection.put(row);
      }
      saved = { revision, state };
      return true;
    },

    get: async (name, keys) => {
      const rows = collections.get(name)?.rows;
      return keys.flatMap((key) => rows?.get(key) ?? []);
    },

    // An index by element would cost every row memory for a question that is rarely asked and always for many at once.
    find: async (elements) => {
      const wanted = elementSet(elements);
      const found: StoredRow[] = [];
      for (const { rows } of collections.values()) {
        for (const row of rows.values()) if (wanted.has(elementAt(row.digest, 0))) found.push(row);
      }
      return found;
    },

    scan,
    digests: scan,
  };
}

function firstAfter(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle]!, after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
