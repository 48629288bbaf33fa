import { compareKeys, type DigestSyncError } from "@digest-sync/core";
import type { LocalCollection } from "./collection.js";
import { Listeners, type LocalChange } from "./subscribe.js";

/** What is used of a client. */
export interface RowSource {
  readonly revision: number;
  readonly subscribe: (listener: (change: LocalChange) => void) => () => void;
  collection(name: string): LocalCollection<object>;
}

/** Changes that may come while rows are read before what is read is shown all the same. */
const MOST_READS = 5;

/**
 * The rows of one collection as views need them: at hand without waiting, the same object for as long as the row is the
 * same, and one moment of the copy in all that is shown. Reads what somebody follows, and follows while anybody does.
 */
export class FollowedRows {
  /** All rows if somebody follows all; else those that are followed one by one. */
  private rows = new Map<string, object>();
  private list: readonly object[] | undefined;
  private readonly all = new Listeners<void>();
  private readonly single = new Map<string, Set<() => void>>();
  private followers = 0;
  private wholeFollowers = 0;
  /** Keys whose absence from `rows` is known. */
  private absent = new Set<string>();
  /** To be read. */
  private stale: Set<string> | "all" = new Set();
  private reading: Promise<void> | undefined;
  private isAskedAgain = false;
  private failure: DigestSyncError | undefined;
  private revision = -1;
  private leave: () => void = () => {};

  constructor(
    private readonly source: RowSource,
    private readonly name: string,
  ) {}

  /** Calls the listener when `whole()` has become another. */
  followAll(listener: () => void): () => void {
    this.wholeFollowers += 1;
    this.begin();
    if (this.list === undefined) this.read("all");
    const leave = this.all.add(listener);
    return () => {
      leave();
      this.wholeFollowers -= 1;
      this.end();
    };
  }

  /** Calls the listener when `row(key)` has become another. */
  follow(key: string, listener: () => void): () => void {
    const listeners = this.single.get(key) ?? new Set();
    this.single.set(key, listeners.add(listener));
    this.begin();
    if (this.row(key) === undefined) this.read(new Set([key]));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.single.delete(key);
      this.end();
    };
  }

  /** All rows in key order; undefined until they are read. Throws what the store threw. */
  whole(): readonly object[] | undefined {
    if (this.failure) throw this.failure;
    return this.list;
  }

  /** Null: there is no such row. Undefined until that is known. */
  row(key: string): object | null | undefined {
    if (this.failure) throw this.failure;
    return this.rows.get(key) ?? (this.list !== undefined || this.absent.has(key) ? null : undefined);
  }

  /** Resolves when everything that has been applied so far is shown. */
  async settled(): Promise<void> {
    while (this.reading) await this.reading;
  }

  private begin(): void {
    this.followers += 1;
    if (this.followers > 1) return;
    this.leave = this.source.subscribe(({ collections }) => {
      this.revision = this.source.revision;
      const changed = collections[this.name];
      if (changed) this.read(new Set([...changed.upserted, ...changed.deleted]));
    });
    // Nobody followed for a while: what is here is of then.
    if (this.revision !== this.source.revision) this.forget();
    else this.read(new Set());
    this.revision = this.source.revision;
  }

  private end(): void {
    this.followers -= 1;
    if (this.followers > 0) return;
    this.leave();
    // An error boundary that tries again is to find out anew.
    this.failure = undefined;
  }

  /** What is followed now is shown as it was until it is read anew. */
  private forget(): void {
    for (const key of this.list === undefined ? this.rows.keys() : []) if (!this.single.has(key)) this.rows.delete(key);
    this.absent.clear();
    this.read(this.list === undefined ? new Set(this.single.keys()) : "all");
  }

  private read(keys: Set<string> | "all"): void {
    if (keys === "all" || this.stale === "all") this.stale = "all";
    else for (const key of keys) if (this.isFollowed(key)) this.stale.add(key);
    if (!this.isStale) return;
    if (this.reading) this.isAskedAgain = true;
    this.reading ??= this.readStale().finally(() => {
      this.reading = undefined;
      // What a store failed to give is not asked for again before something changes.
      if (this.isAskedAgain) this.read(new Set());
    });
  }

  private get isStale(): boolean {
    return this.stale === "all" || this.stale.size > 0;
  }

  private isFollowed(key: string): boolean {
    return this.list !== undefined || this.wholeFollowers > 0 || this.rows.has(key) || this.single.has(key);
  }

  private async readStale(): Promise<void> {
    const found = new Map<string, object | undefined>();
    let isWhole = false;
    this.isAskedAgain = false;
    try {
      // Changes that come meanwhile are read as well before anything is shown, so that it is of one moment.
      for (let reads = 0; reads < MOST_READS && this.isStale; reads++) {
        const { stale } = this;
        this.stale = new Set();
        if (stale === "all") isWhole = true;
        else for (const key of stale) found.set(key, undefined);
        const collection = this.source.collection(this.name);
        const rows = stale === "all" ? await collection.read() : await collection.read([...stale]);
        if (stale === "all") found.clear();
        for (const [key, row] of rows) found.set(key, row);
      }
      this.failure = undefined;
      this.show(found, isWhole);
    } catch (error) {
      this.failure = error as DigestSyncError;
      this.stale = isWhole || this.stale === "all" ? "all" : new Set([...found.keys(), ...this.stale]);
      this.tell(this.single.keys());
    }
  }

  private show(found: ReadonlyMap<string, object | undefined>, isWhole: boolean): void {
    const before = this.rows;
    const after = new Map(isWhole ? [] : before);
    let isInOrder = true;
    for (const [key, row] of found) {
      if (row === undefined) after.delete(key);
      else {
        if (!after.has(key)) isInOrder = false;
        after.set(key, row);
      }
      if (row === undefined) this.absent.add(key);
      else this.absent.delete(key);
    }
    this.rows = after;
    if (isWhole || this.list !== undefined) {
      if (!isInOrder) this.rows = new Map([...after].sort(([a], [b]) => compareKeys(a, b)));
      this.list = Object.freeze([...this.rows.values()]);
      this.absent.clear();
    }
    this.tell(isWhole ? new Set([...before.keys(), ...after.keys(), ...this.single.keys()]) : found.keys());
  }

  private tell(keys: Iterable<string>): void {
    for (const key of keys) for (const listener of this.single.get(key) ?? []) listener();
    this.all.tell();
  }
}

const followed = new WeakMap<object, Map<string, FollowedRows>>();

/** One for each client and collection: what two views show is then one moment, and read once. */
export function followedRows(source: RowSource, name: string): FollowedRows {
  const byName = followed.get(source) ?? new Map<string, FollowedRows>();
  followed.set(source, byName);
  const known = byName.get(name) ?? new FollowedRows(source, name);
  byName.set(name, known);
  return known;
}
