import {
  type Collection,
  collectionFingerprint,
  compileDigest,
  compileRowDecoder,
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
  private readonly collections = new Map<string, Collection>();
  private readonly decoders = new Map<string, (encoding: Uint8Array) => Row>();
  private readonly digests = new Map<string, (encoding: Uint8Array) => Uint8Array>();

  constructor(
    readonly app: AppManifest,
    readonly server?: ServerManifest | undefined,
  ) {
    const manifest = server?.manifest ?? app.manifest;
    this.algorithm = manifest.algorithm;
    this.fingerprint = server?.fingerprint ?? app.fingerprint;
    for (const collection of manifest.collections) {
      if (app.held.has(collection.name)) this.collections.set(collection.name, collection);
    }
    // Collection names are ASCII, so the order by code unit is the one by UTF-8 bytes.
    this.active = [...this.collections.keys()].sort();
    this.frozen = [...app.held.keys()].filter((name) => !this.collections.has(name));
    this.changed = this.active.filter((name) => !sameShape(this.collections.get(name)!, app.held.get(name)!));
    this.named = server !== undefined || app.held.size < app.manifest.collections.length ? this.active : undefined;
  }

  isActive(name: string): boolean {
    return this.collections.has(name);
  }

  /** As the server defines it, or the app where the server has none. */
  collection(name: string): Collection | undefined {
    return this.collections.get(name) ?? this.app.held.get(name);
  }

  /** The row digest under this view's algorithm. Throws "unknown-algorithm". */
  digest(collection: string, encoding: Uint8Array): Uint8Array {
    let digest = this.digests.get(collection);
    if (digest === undefined) {
      digest = compileDigest(collection, this.algorithm);
      this.digests.set(collection, digest);
    }
    return digest(encoding);
  }

  /** Throws "malformed" unless the bytes are exactly what the encoder writes for this collection. */
  decode(collection: Collection, encoding: Uint8Array): Row {
    let decode = this.decoders.get(collection.name);
    if (decode === undefined) {
      decode = compileRowDecoder(collection);
      this.decoders.set(collection.name, decode);
    }
    return decode(encoding);
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
    const row = this.decodeEither(collection, own, encoding);
    if (own !== undefined && own !== collection) {
      for (const field of own.fields) if (!Object.hasOwn(row, field.name)) row[field.name] = field.list ? [] : null;
    }
    return row;
  }

  private decodeEither(collection: Collection, own: Collection | undefined, encoding: Uint8Array): Row {
    try {
      return this.decode(collection, encoding);
    } catch (error) {
      if (own === undefined || own === collection) throw error;
      return compileRowDecoder(own)(encoding);
    }
  }
}

/** The manifest the app was built with, and what of it this client holds. */
export class AppManifest {
  readonly fingerprint: Uint8Array;
  readonly held: ReadonlyMap<string, Collection>;

  constructor(
    readonly manifest: Manifest,
    names: readonly string[] | undefined,
  ) {
    this.fingerprint = fingerprint(manifest);
    const held = manifest.collections.filter(({ name }) => names === undefined || names.includes(name));
    this.held = new Map(held.map((collection) => [collection.name, collection]));
  }
}

function sameShape(a: Collection, b: Collection): boolean {
  return a === b || equalBytes(collectionFingerprint(a, ""), collectionFingerprint(b, ""));
}
