import { compareKeys } from "@digest-sync/core";
import type { LocalStore, SavedState, StoredRow } from "./store.js";

/** The rows of one collection, and their keys in order. */
class MemoryCollection {
  readonly rows = new Map<string, StoredRow>();
  /** May hold keys that are gone, and keys twice that went and came back. */
  private keys: string[] = [];
  private inOrder = true;

  put(row: StoredRow): void {
    if (!this.rows.has(row.key)) {
      const last = this.keys[this.keys.length - 1];
      // A pull brings keys in order: then there is nothing to sort.
      if (last !== undefined && compareKeys(last, row.key) >= 0) this.inOrder = false;
      this.keys.push(row.key);
    }
    this.rows.set(row.key, row);
  }

  /** New keys stand behind a sorted run, which is the case that the engines' merge sort does in about linear time. */
  scan(after: string | null, limit: number): StoredRow[] {
    if (!this.inOrder) this.keys.sort(compareKeys);
    this.inOrder = true;
    if (this.keys.length > 2 * this.rows.size) {
      this.keys = this.keys.filter((key, i, keys) => key !== keys[i - 1] && this.rows.has(key));
    }
    const { keys } = this;
    const page: StoredRow[] = [];
    for (let i = after === null ? 0 : firstAfter(keys, after); i < keys.length && page.length < limit; i++) {
      const row = keys[i] === keys[i - 1] ? undefined : this.rows.get(keys[i]!);
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
        let collection = collections.get(row.collection);
        if (collection === undefined) {
          collection = new MemoryCollection();
          collections.set(row.collection, collection);
        }
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
      const wanted = new Set<bigint>();
      for (let at = 0; at < elements.length; at += 8) wanted.add(elementAt(elements, at));
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

function elementAt(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0);
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
