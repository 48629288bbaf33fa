import { sha256 } from "./algorithm.js";
import { encodeValue } from "./encode-value.js";
import type { Collection, Field, Manifest } from "./manifest.js";

/**
 * Eight bytes that name a manifest: the first of the SHA-256 of its DAG-CBOR. Two manifests with one fingerprint give
 * every row the same digest and the same scope. The order of fields does not count, nor whether they may be null.
 *
 * @example
 * toHex(fingerprint(manifest)) // "5f0c1d..."
 */
export function fingerprint(manifest: Manifest): Uint8Array {
  const shape = {
    version: manifest.version,
    algorithm: manifest.algorithm,
    collections: [...manifest.collections].sort(byName).map(collectionShape),
  };
  return sha256(encodeValue(shape)).slice(0, 8);
}

/**
 * The fingerprint of a manifest that has this collection alone: it changes when this collection's digests do.
 *
 * @example
 * collectionFingerprint(findCollection(manifest, "Contact"), manifest.algorithm)
 */
export function collectionFingerprint(collection: Collection, algorithm: string): Uint8Array {
  return fingerprint({ version: 1, algorithm, collections: [collection] });
}

function collectionShape(collection: Collection): object {
  const { name, fields, key, scope, where } = collection;
  return {
    name,
    fields: [...fields].sort(byName).map(fieldShape),
    key,
    scope,
    // An empty filter is none.
    where: where === undefined || Object.keys(where).length === 0 ? undefined : where,
  };
}

function fieldShape({ name, type, list, single }: Field): object {
  return { name, type, list, single };
}

/** By code unit; names are ASCII. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
