import { equalBytes, sha256 } from "@digest-sync/core";

/**
 * Whether a body is the one its `Content-Digest` (RFC 9530) is of. Without the header, or with one that this cannot
 * judge, it counts as intact: roots tell in the end, but rows would be seen before that.
 */
export async function isIntact({ headers }: Response, body: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [, base64] = /(?:^|[ ,])sha-256=:([\w+/=]+):/.exec(headers.get("content-digest") ?? "") ?? [];
  // Decompressed bytes are not those that the header may be of by now; and gzip and brotli have a check of their own.
  // And old React Natives have no atob.
  if (base64 === undefined || headers.has("content-encoding") || typeof atob !== "function") return true;
  const wanted = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  // The browser's own is fast and off the main thread, where there is one: pages without TLS have none.
  const { subtle } = globalThis.crypto ?? {};
  return equalBytes(subtle ? new Uint8Array(await subtle.digest("SHA-256", body)) : sha256(body), wanted);
}
