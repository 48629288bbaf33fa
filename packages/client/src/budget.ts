import { DigestSyncError } from "@digest-sync/core";
import { badAnswer } from "./bad-answer.js";
import type { Meter, Send } from "./http.js";

export interface Budget {
  readonly maxRequests: number;
  readonly maxDownloadBytes: number;
}

/**
 * Wraps a `Send`: what a run may cost in all. Rounds with `more` and pages go on for as long as they get on, and a
 * hostile server can invent rows and keys without end; this is where that ends.
 */
export function withBudget(send: Send, meter: Meter, { maxRequests, maxDownloadBytes }: Budget): Send {
  return async (request) => {
    if (meter.requests >= maxRequests) {
      throw badAnswer(`no end after ${meter.requests} requests; sync again to go on from here, or raise maxRequests`);
    }
    if (meter.bytesDown >= maxDownloadBytes) {
      throw new DigestSyncError(
        "too-large",
        `no end after ${meter.bytesDown} bytes; sync again to go on from here, or raise maxDownloadBytes`,
      );
    }
    return send(request);
  };
}
