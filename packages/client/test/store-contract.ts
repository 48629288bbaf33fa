import { compareKeys } from "@digest-sync/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LocalStore, type StoreChange, type StoredRow } from "../src/index.js";

/** What every adapter of LocalStore must do. `create` gives an empty store, `reopen` the same one as a new process sees it. */
export interface StoreFactory {
  create(): Promise<LocalStore>;
  reopen(store: LocalStore): Promise<LocalStore>;
}

const row = (collection: string, key: string, first = 1, content = 0): StoredRow => {
  const digest = new Uint8Array(32).fill(content);
  digest[0] = first;
  return { collection, key, digest, encoding: Uint8Array.of(content) };
};
const plain = (rows: readonly StoredRow[]) =>
  rows.map(({ collection, key, digest, encoding }) => ({
    ...{ collection, key, digest: [...digest], encoding: [...encoding] },
  }));
const change = (revision: number, change: Partial<StoreChange> = {}): StoreChange => ({
  ...{ deletes: [], upserts: [], state: `state ${revision}`, revision },
  ...change,
});

export function runStoreContractSuite(name: string, { create, reopen }: StoreFactory): void {
  describe(`${name}, as a LocalStore`, () => {
    it("is empty when it is new", async () => {
      const store = await create();
      expect(await store.load()).toBeNull();
      expect(await store.scan("A", null, 10)).toEqual([]);
      expect(await store.digests("A", null, 10)).toEqual([]);
      expect(await store.get("A", ["k"])).toEqual([]);
      expect(await store.find(new Uint8Array(8))).toEqual([]);
    });

    it("applies deletes and upserts, and saves the state with them", async () => {
      const store = await create();
      expect(await store.apply(change(1, { upserts: [row("A", "a"), row("A", "b"), row("B", "a")] }))).toBe(true);
      const replaced = row("A", "b", 7, 7);
      expect(await store.apply(change(2, { deletes: [row("A", "a"), row("A", "none")], upserts: [replaced] }))).toBe(
        true,
      );
      const reopened = await reopen(store);
      expect(await reopened.load()).toEqual({ revision: 2, state: "state 2" });
      expect(plain(await reopened.scan("A", null, 10))).toEqual(plain([replaced]));
      expect(plain(await reopened.scan("B", null, 10))).toEqual(plain([row("B", "a")]));
    });

    it("refuses a change that is not the next, and changes nothing", async () => {
      const store = await create();
      const upserts = [row("A", "a")];
      expect(await store.apply(change(2, { upserts }))).toBe(false);
      expect(await store.load()).toBeNull();
      expect(await store.apply(change(1))).toBe(true);
      for (const revision of [0, 1, 3]) expect(await store.apply(change(revision, { upserts }))).toBe(false);
      expect(await store.scan("A", null, 10)).toEqual([]);
      expect(await store.load()).toEqual({ revision: 1, state: "state 1" });
    });

    it("lets one of two changes win that are made at once", async () => {
      const store = await create();
      const done = await Promise.all([store.apply(change(1)), store.apply(change(1))]);
      expect(done.sort()).toEqual([false, true]);
    });

    it("gets rows by their exact keys, as many as there are", async () => {
      const store = await create();
      const keys = ["a", "A", "a ", "ä", "a\u0308", "", "a/b", "\u0000", "\u{1f600}"];
      await store.apply(change(1, { upserts: keys.map((key, i) => row("A", key, i)) }));
      const got = await store.get("A", [...keys, "none"]);
      expect(plain(got).sort((a, b) => a.digest[0]! - b.digest[0]!)).toEqual(
        plain(keys.map((key, i) => row("A", key, i))),
      );
      const many = Array.from({ length: 3_000 }, (_, i) => `n${i}`);
      expect(await store.get("A", [...many, "a"])).toHaveLength(1);
    });

    it("finds the rows of all collections by the first eight bytes of their digest", async () => {
      const store = await create();
      const upserts = [
        row("A", "a", 1, 5),
        row("A", "b", 1, 5),
        row("B", "a", 1, 5),
        row("A", "c", 2, 5),
        row("A", "d", 1, 6),
      ];
      await store.apply(change(1, { upserts }));
      const element = (first: number, rest: number) => Uint8Array.of(first, ...new Array(7).fill(rest));
      const addresses = async (...elements: Uint8Array[]) =>
        (await store.find(new Uint8Array(elements.flatMap((bytes) => [...bytes]))))
          .map(({ collection, key }) => collection + key)
          .sort();
      expect(await addresses(element(1, 5))).toEqual(["Aa", "Ab", "Ba"]);
      expect(await addresses(element(2, 5), element(9, 9), element(1, 6))).toEqual(["Ac", "Ad"]);
      expect(await addresses()).toEqual([]);
    });

    it("scans in the order of the keys' UTF-8 bytes, page by page, whatever came and went", async () => {
      const key = fc.oneof(
        fc.constantFrom("a", "b", "\u{10000}", "\ufffd", "é"),
        fc.string({ unit: "grapheme", maxLength: 3 }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ upserts: fc.uniqueArray(key), deletes: fc.uniqueArray(key) }), { maxLength: 4 }),
          fc.integer({ min: 1, max: 5 }),
          async (changes, limit) => {
            const store = await create();
            const model = new Set<string>();
            let revision = 0;
            for (const { upserts, deletes } of changes) {
              const gone = deletes.filter((one) => !upserts.includes(one));
              for (const one of upserts) model.add(one);
              for (const one of gone) model.delete(one);
              await store.apply(
                change(++revision, {
                  upserts: upserts.map((one) => row("A", one)),
                  deletes: gone.map((one) => ({ collection: "A", key: one })),
                }),
              );
              const reads = [store.scan.bind(store), store.digests.bind(store)];
              for (const read of reads) {
                const keys: string[] = [];
                for (let after: string | null = null; ; after = keys.at(-1)!) {
                  const page: readonly { key: string }[] = await read("A", after, limit);
                  keys.push(...page.map((entry) => entry.key));
                  expect(page.length).toBeLessThanOrEqual(limit);
                  if (page.length < limit) break;
                }
                expect(keys).toEqual([...model].sort(compareKeys));
              }
            }
          },
        ),
        { seed: 7, numRuns: 60 },
      );
    });
  });
}
