import { hash } from "node:crypto";

/** SHA-256 of the bytes (32 bytes). The one-shot `hash` costs half of `createHash`; its Buffer becomes a plain Uint8Array. */
export const sha256: (bytes: Uint8Array) => Uint8Array = (bytes) => {
  const buffer = hash("sha256", bytes, "buffer");
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
};
