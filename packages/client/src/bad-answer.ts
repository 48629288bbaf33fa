import { DigestSyncError, type ErrorDetails } from "@digest-sync/core";

/** The server answered something that cannot be used. Nothing of it was applied. */
export function badAnswer(message: string, details: ErrorDetails = {}): DigestSyncError {
  return new DigestSyncError("bad-answer", message, details);
}
