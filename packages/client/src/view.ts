import {
  type Collection,
  collectionFingerprint,
  compileDigest,
  compileRowDecoder,
  DigestSyncError,
  equalBytes,
  fingerprint,
  type KeyValue,
  keyOfParts,
  type Manifest,
} from "@digest-sync/core";
import type { ServerManifest } from "./state.js";

export type Row = Record<string, unknown>;

/**
 * How the client currently sees the collections it holds: by the app's manifest, or where the server's is another, by
 * the server's. Collections that the server does not have are frozen: readable, but in no sum, sketch or request.
 */
export class View {
  readonly algorithm: string;
  /** The fingerprint a request carries. */
  readonly fingerprint: Uint8Array;
  /** What the server has of the collections held, in the order of a pull. */
  readonly active: readonly string[];
  readonly frozen: readonly string[];
  /** Active collections whose definition on the server is not the app's. */
  readonly changed: readonly string[];
  /** The names a request carries; undefined when it goes without saying. */
  readonly named: readonly string[] | undefined;
  readonly #collections = new Map<string, Collection>();
  readonly #decoders = new Map<string, (encoding: Uint8Array) => Row>();
  readonly #digests = new Map<string, (encoding: Uint8Array) => Uint8Array>();

  constructor(
    readonly app: AppManifest,
    readonly server?: ServerManifest | undefined,
  ) {
    const manifest = server?.manifest ?? app.manifest;
    this.algorithm = manifest.algorithm;
    this.fingerprint = server?.fingerprint ?? app.fingerprint;
    for (const collection of manifest.collections) {
      if (app.held.has(collection.name)) this.#collections.set(collection.name, collection);
    }
    // Collection names are ASCII, so the order by code unit is the one by UTF-8 bytes.
    this.active = [...this.#collections.keys()].sort();
    this.frozen = [...app.held.keys()].filter((name) => !this.#collections.has(name));
    this.changed = this.active.filter((name) => !sameShape(this.#collections.get(name)!, app.held.get(name)!));
    this.named = server !== undefined || app.held.size < app.manifest.collections.length ? this.active : undefined;
  }

  isActive(name: string): boolean {
    return this.#collections.has(name);
  }

  /** As the server defines it, or the app where the server has none. */
  collection(name: string): Collection | undefined {
    return this.#collections.get(name) ?? this.app.held.get(name);
  }

  /** The row digest under this view's algorithm. Throws "unknown-algorithm". */
  digest(collection: string, encoding: Uint8Array): Uint8Array {
    return kept(this.#digests, collection, () => compileDigest(collection, this.algorithm))(encoding);
  }

  /** Throws "malformed" unless the bytes are exactly what the encoder writes for this collection. */
  decode(collection: Collection, encoding: Uint8Array): Row {
    return kept(this.#decoders, collection.name, () => compileRowDecoder(collection))(encoding);
  }

  /** The key of a row that was decoded, so that its fields are of their types. */
  key({ key }: Collection, row: Row): string {
    return keyOfParts(key.map((name) => row[name] as KeyValue));
  }

  /**
   * For rows that are held already: they may date from before the server changed the collection. Fields that only the
   * app knows are null, as its row types say.
   */
  decodeHeld(name: string, encoding: Uint8Array): Row {
    const collection = this.collection(name)!;
    const own = this.app.held.get(name);
    const row = this.#decodeEither(collection, own, encoding);
    if (own !== undefined && own !== collection) {
      for (const field of own.fields) if (!Object.hasOwn(row, field.name)) row[field.name] = field.list ? [] : null;
    }
    return row;
  }

  #decodeEither(collection: Collection, own: Collection | undefined, encoding: Uint8Array): Row {
    try {
      return this.decode(collection, encoding);
    } catch (error) {
      if (own === undefined || own === collection) throw error;
      return compileRowDecoder(own)(encoding);
    }
  }
}

/** What is in the map, made when it is first asked for. */
function kept<Value>(map: Map<string, Value>, name: string, make: () => Value): Value {
  const found = map.get(name) ?? make();
  map.set(name, found);
  return found;
}

/** The manifest the app was built with, and what of it this client holds. */
export class AppManifest {
  readonly fingerprint: Uint8Array;
  held: ReadonlyMap<string, Collection>;

  constructor(
    readonly manifest: Manifest,
    names: readonly string[] | undefined,
  ) {
    this.fingerprint = fingerprint(manifest);
    this.held = byName(manifest.collections);
    if (names !== undefined) this.held = byName(names.map((name) => this.find(name)));
  }

  /** The collection of this name, if it is held. Throws "unknown-collection". */
  find(name: string): Collection {
    const found = this.held.get(name);
    if (found !== undefined) return found;
    const all = [...this.held.keys()].join(", ");
    throw new DigestSyncError("unknown-collection", `this client holds no collection "${name}"; it has: ${all}`);
  }
}

function byName(collections: readonly Collection[]): ReadonlyMap<string, Collection> {
  return new Map(collections.map((collection) => [collection.name, collection]));
}

function sameShape(a: Collection, b: Collection): boolean {
  return a === b || equalBytes(collectionFingerprint(a, ""), collectionFingerprint(b, ""));
}
