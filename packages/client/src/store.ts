import { breathe } from "./breathe.js";

/** Where a row lives: its collection and its canonical key text. */
export interface RowAddress {
  readonly collection: string;
  readonly key: string;
}

/** A row without its content. */
export interface HeldDigest extends RowAddress {
  /** The row digest, 32 bytes. */
  readonly digest: Uint8Array;
}

/** A row as a store keeps it. The encoding is kept byte for byte: it is what was hashed. */
export interface StoredRow extends HeldDigest {
  readonly encoding: Uint8Array;
}

/** What the client keeps beside the rows. Both are null in a new store. */
export interface SavedState {
  /** Goes up by one with every change that is applied. */
  readonly revision: number;
  /** Bytes only the client reads, some kilobytes. */
  readonly state: Uint8Array;
}

/** One atomic change. No address is in both lists. */
export interface StoreChange extends SavedState {
  /** Addresses that may hold no row. */
  readonly deletes: readonly RowAddress[];
  /** Each replaces the row at its address. */
  readonly upserts: readonly StoredRow[];
}

/**
 * Where the client keeps its copy. An adapter is these six methods; it knows nothing of digests beyond comparing bytes.
 * Whatever it throws reaches the app as the cause of a DigestSyncError "store", a full disk as "store-full".
 * `testLocalStore` of "@digest-sync/client/testing" tells whether an adapter does what is said here.
 *
 * Keys are ordered by their UTF-8 bytes. A row that was damaged meanwhile is returned as well as it can be (a digest has
 * 32 bytes in any case): the audit finds it by its digest.
 */
export interface LocalStore {
  /** What tabs that share this store have in common: one of them then syncs for all. Undefined: it is not shared. */
  readonly name?: string;

  /** What the last change saved; null when there was none. */
  load(): Promise<SavedState | null>;

  /**
   * Applies all of the change and saves its state, or nothing at all, whenever it crashes. Returns false, having changed
   * nothing, unless `change.revision` is the saved revision plus one (1 in a new store): another tab was first.
   */
  apply(change: StoreChange): Promise<boolean>;

  /** The rows of a collection that have one of these keys, in any order. */
  get(collection: string, keys: readonly string[]): Promise<readonly StoredRow[]>;

  /** The rows of all collections whose digest begins with one of these elements (8 bytes each, concatenated). */
  find(elements: Uint8Array): Promise<readonly StoredRow[]>;

  /** Up to `limit` rows of a collection with keys after `after` (null: from the first), in key order. */
  scan(collection: string, after: string | null, limit: number): Promise<readonly StoredRow[]>;

  /** The same without encodings. `scan` will do where reading less is not faster. */
  digests(collection: string, after: string | null, limit: number): Promise<readonly HeldDigest[]>;

  /** Rows of a collection that no change put there: only where others can write beside the store. An audit drops them. */
  strays?(collection: string): Promise<readonly RowAddress[]>;
}

/** Rows a client reads from a store at a time. */
export const SCAN_ROWS = 1_000;

/** Reads a whole collection page by page, in key order. */
export async function* everyPage<Row extends RowAddress>(
  read: (collection: string, after: string | null, limit: number) => Promise<readonly Row[]>,
  collection: string,
  after: string | null = null,
): AsyncGenerator<readonly Row[]> {
  for (;;) {
    const page = await read(collection, after, SCAN_ROWS);
    if (page.length > 0) yield page;
    await breathe();
    if (page.length < SCAN_ROWS) return;
    after = page[page.length - 1]!.key;
  }
}
