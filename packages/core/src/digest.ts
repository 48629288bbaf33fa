import { algorithm } from "./algorithm.js";
import { concatBytes } from "./bytes.js";
import { encodeValue } from "./encode-value.js";
import type { Window } from "./protocol.js";

/** Longer encodings are hashed from a buffer of their own, so that a huge row does not stay in memory. */
const KEPT_BYTES = 4096;

/**
 * Compiles the function from a row encoding to its row digest: the hash of the CBOR array [collection, row], that is
 * of 0x82, the collection's name as CBOR text, and the encoding. The name keeps equal rows of two collections apart.
 *
 * @returns a function whose digests have 32 bytes
 * @throws DigestSyncError "unknown-algorithm"
 * @example
 * const digest = compileDigest("Contact", manifest.algorithm)
 * digest(encode(row)) // Uint8Array(32)
 */
export function compileDigest(collectionName: string, algorithmName: string): (encoding: Uint8Array) => Uint8Array {
  const { hash } = algorithm(algorithmName);
  const prefix = digestPrefix(collectionName);
  const kept = new Uint8Array(prefix.length + KEPT_BYTES);
  kept.set(prefix);
  return (encoding) => {
    if (encoding.length > KEPT_BYTES) return hash(concatBytes(prefix, encoding));
    kept.set(encoding, prefix.length);
    return hash(kept.subarray(0, prefix.length + encoding.length));
  };
}

/**
 * The eight bytes of a digest that are its element in a sketch: bytes 8w to 8w + 8. A view, not a copy.
 *
 * @example
 * digestElement(digest, 0) // its first eight bytes
 */
export function digestElement(digest: Uint8Array, window: Window = 0): Uint8Array {
  return digest.subarray(8 * window, 8 * window + 8);
}

/** What stands before the encoding in a digest's input: the head of an array of two, and the collection's name. */
export function digestPrefix(collectionName: string): Uint8Array {
  return concatBytes(Uint8Array.of(0x82), encodeValue(collectionName));
}
