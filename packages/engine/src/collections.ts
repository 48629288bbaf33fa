import {
  type Collection,
  collectionFingerprint,
  compileDigest,
  compileRowDigest,
  compileRowEncoder,
  DigestSyncError,
  keyText,
  matchesFilter,
  parseKey,
  scopeText,
  toHex,
} from "@digest-sync/core";
import { dependentsOf } from "./dependents.js";
import type { Dialect, Source } from "./dialect.js";
import type { DatabaseManifest } from "./manifest.js";
import type { KeyValues, Row, Statement } from "./ports.js";

/** A collection with everything that is compiled from it once. */
export interface CompiledCollection extends Source {
  /** Of the encoding: 16 hexadecimal digits. */
  readonly fingerprint: string;
  encode(row: Row): Uint8Array;
  /** The digest of a row that is encoded already. */
  digest(encoding: Uint8Array): Uint8Array;
  /** `digest(encode(row))` without the encoding. */
  digestOf(row: Row): Uint8Array;
  key(row: Row): string;
  scope(row: Row): string;
  /** False for a row that the collection's filter leaves out. */
  includes(row: Row): boolean;
  /** Only where the scope leads through relations: the statement that says where rows are, as {key, scope}. */
  readonly placesAt?: (keys: readonly KeyValues[]) => Statement;
  /** Typed values of a key text. */
  parseKey(key: string): KeyValues;
}

function compile(collection: Collection, manifest: DatabaseManifest, dialect: Dialect): CompiledCollection {
  const table = manifest.tables.find(({ model }) => model === collection.name);
  if (!table) {
    throw new DigestSyncError(
      "invalid-manifest",
      `The manifest names no table for collection ${collection.name}. Import it from the generated server file and run "prisma generate" if it is old.`,
      { collection: collection.name },
    );
  }
  const { scope } = collection;
  const source: Source = {
    collection,
    table,
    foreignKeys: manifest.foreignKeys ?? [],
    emulatedRelations: manifest.emulatedRelations ?? false,
  };
  const hasPath = dependentsOf(source).joins.length > 0;
  return {
    ...source,
    ...(hasPath ? { placesAt: (keys) => dialect.placesAt(source, keys) } : {}),
    fingerprint: toHex(collectionFingerprint(collection, manifest.algorithm)),
    encode: compileRowEncoder(collection),
    digest: compileDigest(collection.name, manifest.algorithm),
    digestOf: compileRowDigest(collection, manifest.algorithm),
    key: (row) => keyText(collection, row),
    scope: (row) => scopeText(scope.map((path) => row[path] as string | number | bigint | null)),
    includes: (row) => matchesFilter(collection, row),
    parseKey: (key) => parseKey(collection, key),
  };
}

/** The manifest's collections, compiled, by name. */
export function compileCollections(
  manifest: DatabaseManifest,
  dialect: Dialect,
): ReadonlyMap<string, CompiledCollection> {
  return new Map(manifest.collections.map((collection) => [collection.name, compile(collection, manifest, dialect)]));
}
