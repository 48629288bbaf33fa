import { DigestSyncError } from "@digest-sync/core";
import type { LocalStore } from "./store.js";

/** What browsers, SQLite and databases behind Prisma call a disk or quota that is used up. */
const FULL = /QuotaExceeded|SQLITE_FULL|disk is full|No space left/;

/** The same store, with whatever it throws as the cause of a "store" error that says which call failed. */
export function withStoreErrors(store: LocalStore): LocalStore {
  const guard = async <Value>(call: string, run: () => Promise<Value>): Promise<Value> => {
    try {
      return await run();
    } catch (cause) {
      const { name, code, message } = cause as Error & { code?: unknown };
      // Told apart by name: an app may hold two copies of the class.
      if (name === "DigestSyncError") throw cause;
      const full = FULL.test(`${name} ${code} ${message}`);
      throw new DigestSyncError(
        full ? "store-full" : "store",
        `the local store failed in ${call}(): ${message ?? cause}${full ? "; free some space, then sync again" : ""}`,
        { cause },
      );
    }
  };
  const { strays } = store;
  return {
    load: () => guard("load", () => store.load()),
    apply: (change) => guard("apply", () => store.apply(change)),
    get: (collection, keys) => guard("get", () => store.get(collection, keys)),
    find: (elements) => guard("find", () => store.find(elements)),
    scan: (collection, after, limit) => guard("scan", () => store.scan(collection, after, limit)),
    digests: (collection, after, limit) => guard("digests", () => store.digests(collection, after, limit)),
    ...(strays && { strays: (collection) => guard("strays", () => strays.call(store, collection)) }),
  };
}
