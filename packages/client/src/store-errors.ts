import { DigestSyncError } from "@digest-sync/core";
import type { LocalStore } from "./store.js";

/** The same store, with whatever it throws as the cause of a "store" error that says which call failed. */
export function withStoreErrors(store: LocalStore): LocalStore {
  const guard = async <Value>(call: string, run: () => Promise<Value>): Promise<Value> => {
    try {
      return await run();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DigestSyncError("store", `the local store failed in ${call}(): ${reason}`, { cause });
    }
  };
  return {
    load: () => guard("load", () => store.load()),
    apply: (change) => guard("apply", () => store.apply(change)),
    get: (collection, keys) => guard("get", () => store.get(collection, keys)),
    find: (elements) => guard("find", () => store.find(elements)),
    scan: (collection, after, limit) => guard("scan", () => store.scan(collection, after, limit)),
    digests: (collection, after, limit) => guard("digests", () => store.digests(collection, after, limit)),
  };
}
