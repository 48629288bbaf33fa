import { sha256 as platformSha256 } from "#sha256";
import { DigestSyncError } from "./errors.js";

/** A digest algorithm, named in the manifest and in every request. */
export interface Algorithm {
  readonly name: string;
  /** The hash of the bytes, at most 32 bytes; shorter ones are padded with zeros at the end. */
  hash(bytes: Uint8Array): Uint8Array;
}

/** SHA-256: node:crypto on Node, plain JavaScript elsewhere. */
export const sha256: (bytes: Uint8Array) => Uint8Array = platformSha256;

const registry = new Map<string, Algorithm>([["sha256", { name: "sha256", hash: sha256 }]]);

/**
 * Makes an algorithm known by its name, on the server and on the client alike. Registering a name again replaces it,
 * which is how a native SHA-256 takes the place of the built-in one where there is no node:crypto.
 *
 * @example
 * registerAlgorithm({ name: "blake3", hash: (bytes) => blake3(bytes) })
 */
export function registerAlgorithm(algorithm: Algorithm): void {
  registry.set(algorithm.name, { name: algorithm.name, hash: (bytes) => padded(algorithm, algorithm.hash(bytes)) });
}

/**
 * The algorithm of this name; its hashes have 32 bytes.
 *
 * @throws DigestSyncError "unknown-algorithm" when none is registered
 */
export function algorithm(name: string): Algorithm {
  const found = registry.get(name);
  if (found === undefined) {
    throw new DigestSyncError(
      "unknown-algorithm",
      `digest algorithm ${JSON.stringify(name.slice(0, 64))} is not registered: call registerAlgorithm first; ` +
        'sha1, md5 and crc32 are in "@digest-sync/core/weak-algorithms"',
    );
  }
  return found;
}

function padded(algorithm: Algorithm, hash: Uint8Array): Uint8Array {
  if (hash.length === 32) return hash;
  if (hash.length > 32)
    throw new RangeError(`algorithm ${algorithm.name} must give at most 32 bytes, got length=${hash.length}`);
  const whole = new Uint8Array(32);
  whole.set(hash);
  return whole;
}
