import type { DigestSyncError } from "@digest-sync/core";
import { aborted, type Environment } from "./environment.js";
import type { HttpAnswer, Send } from "./http.js";

const FIRST_DELAY = 250;
const LONGEST_DELAY = 30_000;
/** A server that asks for a longer pause gets none from us: the error says when to come back. */
const LONGEST_RETRY_AFTER = 60_000;

/**
 * Wraps a `Send`: tries again after network errors, timeouts, 429 and 5xx, never after anything else. The pause is
 * exponential with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015), on top of `Retry-After`.
 * Asking twice is safe: nothing a client sends changes anything on the server.
 */
export function withRetries(send: Send, retries: number, environment: Environment): Send {
  return async (request) => {
    for (let attempt = 0; ; attempt++) {
      let failure: unknown;
      let answer: HttpAnswer | undefined;
      try {
        answer = await send(request);
        if (answer.status !== 429 && answer.status < 500) return answer;
      } catch (error) {
        if (request.signal.aborted) throw aborted(request.signal);
        const { code } = error as DigestSyncError;
        if (code !== "network" && code !== "timeout") throw error;
        failure = error;
      }
      const asked = answer === undefined ? 0 : retryAfterMilliseconds(answer.retryAfter, environment.now());
      if (attempt >= retries || asked > LONGEST_RETRY_AFTER) {
        if (answer !== undefined) return answer;
        throw failure;
      }
      const jitter = environment.random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
      await environment.sleep(asked + jitter, request.signal);
      // Aborted meanwhile: the attempt that follows ends at once.
    }
  };
}

/** `Retry-After` (RFC 9110, 10.2.3) is a number of seconds or a date; 0 for anything else. */
export function retryAfterMilliseconds(header: string | null, now: number): number {
  if (header === null) return 0;
  const milliseconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return milliseconds > 0 ? milliseconds : 0;
}
