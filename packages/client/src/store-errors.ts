import { DigestSyncError } from "@digest-sync/core";
import type { LocalStore } from "./store.js";

/** What browsers, SQLite and databases behind Prisma call a disk or quota that is used up. */
const FULL = /QuotaExceeded|SQLITE_FULL|disk is full|No space left/;

const CALLS = ["load", "apply", "get", "find", "scan", "digests", "strays"] as const;

/** The same store, with whatever it throws as the cause of a "store" error that says which call failed. */
export function withStoreErrors(store: LocalStore): LocalStore {
  const guarded =
    (call: (typeof CALLS)[number]) =>
    async (...given: never[]) => {
      try {
        return await (store[call] as (...given: never[]) => unknown).apply(store, given);
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
  return Object.fromEntries(
    CALLS.filter((call) => store[call]).map((call) => [call, guarded(call)]),
  ) as unknown as LocalStore;
}
