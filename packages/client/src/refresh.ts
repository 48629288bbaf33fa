import { DigestSyncError } from "@digest-sync/core";
import { abortable } from "./environment.js";
import type { Send } from "./http.js";

/** The app's hook that renews a sign-in; calls made at once share one run of it. Rejects with "unauthorized". */
export function sharedRefresh(refresh: () => unknown): () => Promise<void> {
  let running: Promise<void> | undefined;
  const run = async () => {
    try {
      await refresh();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DigestSyncError("unauthorized", `the refresh option failed: ${reason}; sign in again`, { cause });
    } finally {
      running = undefined;
    }
  };
  return () => {
    running ??= run();
    return running;
  };
}

/** Wraps a `Send`: after a 401 the sign-in is renewed, once, and the request sent again. */
export function withRefresh(send: Send, refresh: () => Promise<void>): Send {
  return async (request) => {
    const answer = await send(request);
    if (answer.status !== 401) return answer;
    await abortable(refresh(), request.signal);
    return send(request);
  };
}
