import { DigestSyncError } from "@digest-sync/core";
import type { LocalStore, SavedState, StoredRow } from "./store.js";
import { storedBytes, storedDigest } from "./stored-bytes.js";

/** Of the layout below. A later one upgrades it, and tabs with the earlier one close their connection. */
const VERSION = 1;
const ROWS = "rows";
const STATE = "state";
/** Writes a browser is handed at a time, so that the page stays responsive: some milliseconds' worth. */
const SLICE = 100;

/** A row's record, under `recordKey`. One byte string instead of two: a record costs by its parts. */
interface RowRecord {
  /** The digest's first 48 bits, which is what the index holds: a number costs less than bytes. */
  readonly e: number;
  /** The digest, 32 bytes, and the encoding. */
  readonly b: Uint8Array;
}

/**
 * A store in the browser's IndexedDB: it stays over reloads, and all tabs of a site share it.
 *
 * @param name of the database; one for each signed-in user, so that nobody finds the rows of another
 * @example
 * const store = indexedDbStore("my-app");
 * const sync = new DigestSyncClient({ url: "/sync", manifest, store });
 */
export function indexedDbStore(name: string): LocalStore {
  let opening: Promise<IDBDatabase> | undefined;

  function database(): Promise<IDBDatabase> {
    // Forgotten once it is closed: whoever clears the site's data ends the connection, and the next call starts anew.
    const forget = () => {
      opening = undefined;
    };
    opening ??= openDatabase(name, forget).catch((error: unknown) => {
      forget();
      throw error;
    });
    return opening;
  }

  async function begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    try {
      return (await database()).transaction([ROWS, STATE], mode);
    } catch (error) {
      // The connection was closed, and this is the first to notice.
      if ((error as Error).name !== "InvalidStateError") throw error;
      opening = undefined;
      return (await database()).transaction([ROWS, STATE], mode);
    }
  }

  /** Runs in one transaction, which lasts as long as `run` waits for nothing but its requests. */
  async function within<Value>(
    mode: IDBTransactionMode,
    run: (rows: IDBObjectStore, state: IDBObjectStore) => Promise<Value>,
  ): Promise<Value> {
    const transaction = await begin(mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    done.catch(() => {});
    try {
      const value = await run(transaction.objectStore(ROWS), transaction.objectStore(STATE));
      await done;
      return value;
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It has ended by itself.
      }
      // A full disk ends the transaction, and the requests of the rest only say that it has ended.
      throw transaction.error ?? error;
    }
  }

  async function scan(collection: string, after: string | null, limit: number): Promise<StoredRow[]> {
    const from = recordKey(collection, after ?? "");
    // "0" is the character that follows "/".
    const range = IDBKeyRange.bound(from, `${collection}0`, after !== null, true);
    return within("readonly", (rows) => storedRows(rows, range, limit));
  }

  return {
    name,

    load: () =>
      within("readonly", async (_, state) => ((await result(state.get(0))) as SavedState | undefined) ?? null),

    apply: ({ deletes, upserts, revision, state: text }) =>
      within("readwrite", async (rows, state) => {
        const saved = (await result(state.get(0))) as SavedState | undefined;
        if (revision !== (saved?.revision ?? 0) + 1) return false;
        for (const { collection, key } of deletes) rows.delete(recordKey(collection, key));
        for (let i = 0; i < upserts.length; i++) {
          const { collection, key, digest, encoding } = upserts[i]!;
          const b = new Uint8Array(32 + encoding.length);
          b.set(digest);
          b.set(encoding, 32);
          const request = rows.put({ e: elementNumber(digest, 0), b } satisfies RowRecord, recordKey(collection, key));
          if (i % SLICE === SLICE - 1) await result(request);
        }
        await result(state.put({ revision, state: text } satisfies SavedState, 0));
        return true;
      }),

    get: (collection, keys) =>
      within("readonly", async (rows) => {
        const addresses = keys.map((key) => recordKey(collection, key));
        const records = await Promise.all(addresses.map((address) => result(rows.get(address))));
        return addresses.flatMap((address, i) => (records[i] === undefined ? [] : storedRow(address, records[i])));
      }),

    find: (elements) =>
      within("readonly", async (rows) => {
        const index = rows.index("element");
        const found: Promise<StoredRow[]>[] = [];
        for (let at = 0; at < elements.length; at += 8) {
          const isWanted = ({ digest }: StoredRow) => digest[6] === elements[at + 6] && digest[7] === elements[at + 7];
          found.push(storedRows(index, elementNumber(elements, at)).then((rows) => rows.filter(isWanted)));
        }
        return (await Promise.all(found)).flat();
      }),

    scan,
    digests: scan,
  };
}

async function openDatabase(name: string, onClosed: () => void): Promise<IDBDatabase> {
  try {
    return await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, VERSION);
      let isGivenUp = false;
      request.onupgradeneeded = () => {
        request.result.createObjectStore(ROWS).createIndex("element", "e");
        request.result.createObjectStore(STATE);
      };
      request.onblocked = () => {
        isGivenUp = true;
        reject(blocked(`another tab holds an earlier version of database ${name} open; close that tab`));
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const db = request.result;
        // Somebody wants to upgrade or delete the database, and waits for this connection to go.
        db.onversionchange = () => {
          db.close();
          onClosed();
        };
        db.onclose = onClosed;
        if (isGivenUp) db.close();
        resolve(db);
      };
    });
  } catch (cause) {
    const { name: reason, message } = cause as Error;
    if (reason === "DigestSyncError") throw cause;
    if (reason === "VersionError") throw blocked("a later version of this app was here; reload the page", cause);
    throw new DigestSyncError(
      "store-unavailable",
      `IndexedDB cannot be opened: ${message}; does a private window or a setting forbid it? Go on with memoryStore()`,
      { cause },
    );
  }
}

function result<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function blocked(message: string, cause?: unknown): DigestSyncError {
  return new DigestSyncError("store-blocked", message, { cause });
}

/**
 * IndexedDB orders text by UTF-16 code units. Surrogates, which are below U+E000 but stand for what is above U+FFFF, change
 * places with the units after them, and the order is that of UTF-8 bytes. Names of collections have no slash.
 */
function recordKey(collection: string, key: string): string {
  return `${collection}/${turned(key, 0xe000, 0x2000, -0x800)}`;
}

async function storedRows(
  source: IDBObjectStore | IDBIndex,
  query: IDBValidKey | IDBKeyRange,
  limit?: number,
): Promise<StoredRow[]> {
  const [keys, records] = await Promise.all([
    result(source.getAllKeys(query, limit)),
    result(source.getAll(query, limit)),
  ]);
  return keys.map((key, i) => storedRow(key as string, records[i]));
}

function storedRow(recordKey: string, record: Partial<RowRecord> | undefined): StoredRow {
  const slash = recordKey.indexOf("/");
  const bytes = storedBytes(record?.b);
  return {
    collection: recordKey.slice(0, slash),
    key: turned(recordKey.slice(slash + 1), 0xf800, 0x800, -0x2000),
    digest: storedDigest(bytes.subarray(0, 32)),
    encoding: bytes.subarray(32),
  };
}

function turned(text: string, border: number, below: number, above: number): string {
  return text.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code + (code < border ? below : above));
  });
}

function elementNumber(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; i < at + 6; i++) number = number * 256 + bytes[i]!;
  return number;
}
