import { type KeyValue, keyOfParts } from "@digest-sync/core";
import type { LocalSet } from "./local-set.js";
import { everyPage, type StoredRow } from "./store.js";

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
  /** The rows with these keys, as text, or all rows: by their key's text, all in key order. */
  read(keys?: readonly string[]): Promise<ReadonlyMap<string, Row>>;
  /** The text of a row's key, as `subscribe` and `read` have it. */
  keyOf(row: Row): string;
  /** The number of rows. */
  readonly size: Promise<number>;
}

export function localCollection<Row>(set: LocalSet, name: string): LocalCollection<Row> {
  const read = async (keys?: readonly string[]): Promise<ReadonlyMap<string, Row>> => {
    await set.loaded();
    const rows = new Map<string, Row>();
    const add = ({ key, encoding }: StoredRow) => rows.set(key, set.view.decodeHeld(name, encoding) as Row);
    if (keys !== undefined) (await set.store.get(name, keys)).forEach(add);
    else for await (const page of everyPage(set.store.scan, name)) page.forEach(add);
    return rows;
  };
  return {
    read,
    async get(...key) {
      const text = keyOfParts(key);
      return (await read([text])).get(text);
    },
    keyOf: (row) => set.view.key(set.app.held.get(name)!, row as Record<string, unknown>),
    all: async () => [...(await read()).values()],
    get size() {
      return set.size(name);
    },
  };
}
