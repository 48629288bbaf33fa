import { compareKeys, compileRowDigest, compileRowEncoder, findCollection, type Manifest } from "@digest-sync/core";
import { LocalSet } from "../local-set.js";
import type { NetChange } from "../net-change.js";
import type { LocalStore, RowAddress, SavedState, StoreChange, StoredRow } from "../store.js";
import { AppManifest } from "../view.js";

/** How the suite gets at the stores it tests. Each case uses a name of its own. */
export interface StoreUnderTest {
  /**
   * Opens the store of this name, empty when the name is new. Called again with a name, it opens what is there a second
   * time: another tab, another process, the same app after a restart. (A memory store is handed out again.)
   */
  open(name: string): LocalStore | Promise<LocalStore>;
  /** Throws everything away while the store is open, as who clears a site's data does. */
  clear?(name: string): unknown;
  /** Lets the store run out of space half way through its changes, until the returned function is called. */
  fill?(name: string): (() => unknown) | Promise<() => unknown>;
  /** Damages what is stored of this row: a bit that flipped, somebody's own edit. */
  damage?(name: string, row: RowAddress): unknown;
  /** Rows of the large case. Default 100,000. */
  readonly rows?: number;
}

/** Cases by what they state, each called with a name of its own. */
export type Cases = Readonly<Record<string, (name: string) => Promise<void>>>;

export interface SampleRow {
  readonly id: string;
  readonly text: string | null;
}

const collection = (name: string) => ({
  ...{ name, key: ["id"], scope: [] },
  fields: [
    { name: "id", type: "String" as const },
    { name: "text", type: "String" as const, optional: true as const },
  ],
});

/** What the suite stores: a store that knows its collections beforehand, such as `prismaStore`, is opened for these. */
export const storeTestManifest: Manifest<{ Alpha: SampleRow; Beta: SampleRow }> = {
  ...{ version: 1, algorithm: "sha256" },
  collections: [collection("Alpha"), collection("Beta")],
};

type Name = "Alpha" | "Beta";
const encoders = new Map(storeTestManifest.collections.map((one) => [one.name, compileRowEncoder(one)]));
const digests = new Map(storeTestManifest.collections.map((one) => [one.name, compileRowDigest(one, "sha256")]));

/** A row as the client stores it. `digest` instead of its own: stores do not look into rows. */
export function row(collection: Name, id: string, text: string | null = null, digest?: Uint8Array): StoredRow {
  const values = { id, text };
  const own = digest ?? digests.get(collection)!(values);
  return { collection, key: id, digest: own, encoding: encoders.get(collection)!(values) };
}

/** 32 bytes that begin with these. */
export function digestOf(...first: number[]): Uint8Array {
  const digest = new Uint8Array(32).fill(7);
  digest.set(first);
  return digest;
}

export function change(revision: number, change: Partial<StoreChange> = {}): StoreChange {
  return { deletes: [], upserts: [], revision, state: stateOf(`state ${revision}`), ...change };
}

/** A state, for stores just bytes. */
export function stateOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
export function textOf(saved: SavedState | null): string | undefined {
  return saved === null ? undefined : new TextDecoder().decode(saved.state);
}

/** Row by row, comparable and readable. */
export function shown(rows: readonly StoredRow[]): string[] {
  return rows.map(({ collection, key, digest, encoding }) => `${collection}/${key} ${hex(digest)} ${hex(encoding)}`);
}
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A whole collection, read page by page; says so when a page is too long or out of order. */
export async function contents(store: LocalStore, collection: string, limit = 1_000): Promise<StoredRow[]> {
  const all: StoredRow[] = [];
  for (let after: string | null = null; ; after = all[all.length - 1]!.key) {
    const [page, held] = [
      await store.scan(collection, after, limit),
      await store.digests(collection, after, limit),
    ] as const;
    check(page.length <= limit, `scan gave ${page.length} rows instead of at most ${limit}`);
    equal(
      held.map(({ key, digest }) => `${key} ${hex(digest)}`),
      page.map(({ key, digest }) => `${key} ${hex(digest)}`),
      "digests() against scan()",
    );
    all.push(...page);
    if (page.length < limit) break;
  }
  for (let i = 1; i < all.length; i++) {
    const [a, b] = [all[i - 1]!.key, all[i]!.key];
    check(compareKeys(a, b) < 0, `scan gave ${JSON.stringify(a)} before ${JSON.stringify(b)}`);
  }
  return all;
}

/** The client's own view of a store, without a server. */
export async function localSet(store: LocalStore, manifest: Manifest = storeTestManifest): Promise<LocalSet> {
  const set = new LocalSet(store, new AppManifest(manifest, undefined), () => {});
  await set.refresh();
  return set;
}
export function adding(...added: StoredRow[]): NetChange {
  return { removed: [], added, deletes: [] };
}

/** The manifest after the app grew: a field more in Alpha, and a collection. */
export const grownManifest: Manifest = {
  ...storeTestManifest,
  collections: [
    {
      ...findCollection(storeTestManifest, "Alpha"),
      fields: [...collection("Alpha").fields, { name: "age", type: "Int" }],
    },
    ...[collection("Beta"), collection("Gamma")],
  ],
};

/** Pseudo-random integers, the same at every run (mulberry32, public domain). */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== wanted) throw new Error(`${what}: expected ${wanted?.slice(0, 500)}, got ${is?.slice(0, 500)}`);
}

export async function rejects(promise: Promise<unknown>, what: string): Promise<void> {
  const done = await promise.then(
    () => true,
    () => false,
  );
  check(!done, `${what} was to fail, and did not`);
}
