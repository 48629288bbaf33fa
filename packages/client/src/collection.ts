import { type KeyValue, keyOfParts } from "@digest-sync/core";
import type { LocalSet } from "./local-set.js";
import { everyPage } from "./store.js";

/** One collection of the local copy, for reading. Every read gives fresh objects: changing them changes nothing. */
export interface LocalCollection<Row> {
  /**
   * The row with this key, or undefined: one argument per key field, or the key's text as `subscribe` reports it.
   *
   * @example
   * await sync.collection("Contact").get("c1")
   * await sync.collection("Member").get("team-1", 7)
   */
  get(...key: readonly KeyValue[]): Promise<Row | undefined>;
  /** All rows in key order. While a sync runs, pages of before and after a change may meet; `subscribe` says when to read again. */
  all(): Promise<Row[]>;
  /** The number of rows. */
  readonly size: Promise<number>;
}

export function localCollection<Row>(set: LocalSet, name: string): LocalCollection<Row> {
  return {
    async get(...key) {
      await set.loaded();
      const [row] = await set.store.get(name, [keyOfParts(key)]);
      return row && (set.view.decodeHeld(name, row.encoding) as Row);
    },
    async all() {
      await set.loaded();
      const rows: Row[] = [];
      for await (const page of everyPage(set.store.scan, name)) {
        for (const { encoding } of page) rows.push(set.view.decodeHeld(name, encoding) as Row);
      }
      return rows;
    },
    get size() {
      return set.size(name);
    },
  };
}
