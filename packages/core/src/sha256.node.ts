import { hash } from "node:crypto";

/** SHA-256 by Node's one-shot hash, whose Buffer becomes a plain Uint8Array. */
export const sha256: (bytes: Uint8Array) => Uint8Array = (bytes) => {
  const digest = hash("sha256", bytes, "buffer");
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
};
