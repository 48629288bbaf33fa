import { DigestSyncError } from "@digest-sync/core";

/** What the client takes from the world beside fetch and the store: time and chance. Tests bring their own. */
export interface Environment {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Resolves after the milliseconds, or as soon as the signal fires; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realEnvironment: Environment = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal?.addEventListener("abort", done);
    }),
};

/**
 * The promise, or "aborted" as soon as the signal fires: a store or a fetch of the app's own may never look at signals.
 * (`AbortSignal.any` would be shorter, but React Native has none.)
 */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(signal));
    const settled = () => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).then(settled);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
  });
}

export function aborted(signal: AbortSignal): DigestSyncError {
  const cause: unknown = signal.reason;
  return new DigestSyncError("aborted", "the sync was aborted; what was applied so far stays", {
    cause,
  });
}
