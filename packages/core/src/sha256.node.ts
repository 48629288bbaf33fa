import { hash } from "node:crypto";

const SIZE = 32;

/**
 * SHA-256 by Node's one-shot hash. It comes as a string of one character a byte: a Buffer of Node's own would take twice
 * the time of hashing a small row, and memory outside of the heap.
 */
export const sha256: (bytes: Uint8Array) => Uint8Array = (bytes) => {
  const text = hash("sha256", bytes, "binary");
  const digest = new Uint8Array(SIZE);
  for (let i = 0; i < SIZE; i++) digest[i] = text.charCodeAt(i);
  return digest;
};
