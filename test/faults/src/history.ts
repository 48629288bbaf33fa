import { createHash } from "node:crypto";
import type { LocalStore, StoreChange } from "@digest-sync/client";
import { compileRowEncoder, keyText, type Manifest, toHex } from "@digest-sync/core";

type Rows = Readonly<Record<string, readonly object[]>>;

/** Every state that a grant's rows ever had on the server, and every version of each row, as the bytes a client would hold. */
export class History {
  private readonly versions = new Map<string, Set<string>>();
  private readonly states = new Set<string>();
  private readonly encoders;

  constructor(manifest: Manifest) {
    this.encoders = new Map(
      manifest.collections.map((collection) => [
        collection.name,
        { encode: compileRowEncoder(collection), key: (row: Record<string, unknown>) => keyText(collection, row) },
      ]),
    );
  }

  /** The server's rows are these now. */
  add(rows: Rows): void {
    const state = this.encoded(rows);
    for (const [address, encoding] of Object.entries(state)) {
      const known = this.versions.get(address) ?? new Set();
      this.versions.set(address, known.add(encoding));
    }
    this.states.add(fingerprint(state));
  }

  /** `collection/key` to bytes in hex. */
  encoded(rows: Rows): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [collection, list] of Object.entries(rows)) {
      const { encode, key } = this.encoders.get(collection)!;
      for (const row of list as Record<string, unknown>[]) found[`${collection}/${key(row)}`] = toHex(encode(row));
    }
    return found;
  }

  /** Whether all rows together were ever like this at one time. */
  hasState(contents: Record<string, string>): boolean {
    return this.states.has(fingerprint(contents));
  }

  has(address: string, encoding: string): boolean {
    return this.versions.get(address)?.has(encoding) ?? false;
  }
}

function fingerprint(contents: Record<string, string>): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(contents).sort()))
    .digest("base64");
}

/** Everything that became visible in a store, in the order in which it did. */
export class Sightings {
  rows: { address: string; encoding: string }[] = [];

  /** The same store, with what it shows noted down. */
  watching(store: LocalStore): LocalStore {
    return {
      ...store,
      apply: async (change: StoreChange) => {
        const done = await store.apply(change);
        if (done) {
          for (const { collection, key, encoding } of change.upserts) {
            this.rows.push({ address: `${collection}/${key}`, encoding: toHex(encoding) });
          }
        }
        return done;
      },
    };
  }

  take(): { address: string; encoding: string }[] {
    return this.rows.splice(0);
  }
}

/** What a store shows now. */
export async function contentsOf(store: LocalStore, collections: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const collection of collections) {
    for (const row of await store.scan(collection, null, 1_000_000)) {
      found[`${collection}/${row.key}`] = toHex(row.encoding);
    }
  }
  return found;
}
