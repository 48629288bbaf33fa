import { DigestSyncError } from "@digest-sync/core";
import { abortable, type Environment } from "./environment.js";
import type { Send } from "./http.js";

/** Wraps a `Send`: each exchange, its body included, has this many milliseconds, then "timeout". */
export function withTimeout(send: Send, milliseconds: number, environment: Environment): Send {
  return async (request) => {
    const exchange = new AbortController();
    const timer = new AbortController();
    const abort = () => exchange.abort(request.signal.reason);
    request.signal.addEventListener("abort", abort);
    if (request.signal.aborted) abort();
    let late = false;
    void environment.sleep(milliseconds, timer.signal).then(() => {
      if (timer.signal.aborted) return;
      late = true;
      exchange.abort();
    });
    try {
      return await abortable(send({ ...request, signal: exchange.signal }), exchange.signal);
    } catch (error) {
      if (!late) throw error;
      const { method, url } = request;
      throw new DigestSyncError("timeout", `${method} ${url}: no answer within ${milliseconds} ms; see timeout`);
    } finally {
      timer.abort();
      request.signal.removeEventListener("abort", abort);
    }
  };
}
