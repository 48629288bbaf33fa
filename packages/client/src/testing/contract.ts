import { compareKeys } from "@digest-sync/core";
import {
  type Cases,
  change,
  check,
  contents,
  digestOf,
  equal,
  random,
  row,
  type StoreUnderTest,
  shown,
  textOf,
} from "./fixture.js";

/** The methods, one by one. */
export function contractCases({ open }: StoreUnderTest): Cases {
  return {
    "is empty when it is new": async (name) => {
      const store = await open(name);
      equal(await store.load(), null, "load()");
      equal(await store.scan("Alpha", null, 10), [], "scan()");
      equal(await store.digests("Alpha", null, 10), [], "digests()");
      equal(await store.get("Alpha", ["k"]), [], "get()");
      equal(await store.find(new Uint8Array(8)), [], "find()");
    },

    "applies deletes and upserts and saves the state with them, for good": async (name) => {
      const store = await open(name);
      const first = [row("Alpha", "a"), row("Alpha", "b"), row("Beta", "a")];
      check(await store.apply(change(1, { upserts: first })), "the first change was refused");
      const replaced = row("Alpha", "b", "new");
      const deletes = [row("Alpha", "a"), row("Alpha", "none")];
      check(await store.apply(change(2, { deletes, upserts: [replaced] })), "the second change was refused");
      for (const one of [store, await open(name)]) {
        const saved = await one.load();
        equal([saved?.revision, textOf(saved)], [2, "state 2"], "load()");
        equal(shown(await contents(one, "Alpha")), shown([replaced]), "Alpha");
        equal(shown(await contents(one, "Beta")), shown([row("Beta", "a")]), "Beta");
      }
    },

    "refuses a change that is not the next, and changes nothing": async (name) => {
      const store = await open(name);
      const upserts = [row("Alpha", "a")];
      check(!(await store.apply(change(2, { upserts }))), "revision 2 was applied to a new store");
      equal(await store.load(), null, "load()");
      check(await store.apply(change(1)), "revision 1 was refused");
      for (const revision of [0, 1, 3]) {
        check(!(await store.apply(change(revision, { upserts }))), `revision ${revision} was applied after 1`);
      }
      equal(await contents(store, "Alpha"), [], "Alpha");
      equal(textOf(await store.load()), "state 1", "the state");
    },

    "gets rows by their exact keys, as many as there are": async (name) => {
      const store = await open(name);
      const keys = [
        "a",
        "A",
        "a ",
        " a",
        "ä",
        "a\u0308",
        "\ufeffa",
        "a/b",
        "a~b",
        "%",
        "_",
        "'",
        "\u0001",
        "\u{1f600}",
        "\uffff",
      ];
      const rows = keys.map((key, i) => row("Alpha", key, String(i)));
      await store.apply(change(1, { upserts: [...rows, row("Beta", "a", "another")] }));
      const got = await store.get("Alpha", [...keys, "none"]);
      equal(shown(got).sort(), shown(rows).sort(), "get()");
      const many = Array.from({ length: 3_000 }, (_, i) => `n${i}`);
      equal((await store.get("Alpha", [...many, "a"])).length, 1, "rows of 3,001 keys");
    },

    "finds the rows of all collections by the first eight bytes of their digest": async (name) => {
      const store = await open(name);
      await store.apply(
        change(1, {
          upserts: [
            row("Alpha", "a", null, digestOf(1)),
            row("Alpha", "b", null, digestOf(1)),
            row("Beta", "a", null, digestOf(1)),
            row("Alpha", "c", null, digestOf(2)),
            row("Alpha", "d", null, digestOf(1, 7, 7, 7, 7, 7, 7, 8)),
            row("Alpha", "e", null, digestOf(255, 255, 255, 255, 255, 255, 255, 255)),
          ],
        }),
      );
      const found = async (...digests: Uint8Array[]) => {
        const elements = new Uint8Array(digests.flatMap((digest) => [...digest.subarray(0, 8)]));
        return (await store.find(elements)).map(({ collection, key }) => `${collection}/${key}`).sort();
      };
      equal(await found(digestOf(1)), ["Alpha/a", "Alpha/b", "Beta/a"], "one element");
      const more = [digestOf(2), digestOf(9), digestOf(1, 7, 7, 7, 7, 7, 7, 8), digestOf(...Array(8).fill(255))];
      equal(await found(...more), ["Alpha/c", "Alpha/d", "Alpha/e"], "several elements");
      equal(await found(), [], "no element");
      const many = Array.from({ length: 2_000 }, (_, i) => digestOf(3, i >> 8, i & 255));
      equal(await found(...many, digestOf(2)), ["Alpha/c"], "2,001 elements");
    },

    "scans in the order of the keys' UTF-8 bytes, page by page, whatever came and went": async (name) => {
      const store = await open(name);
      const below = random(7);
      const characters = ["a", "b", "B", "0", "/", "~", "é", "\ud7ff", "\ue000", "\ufffd", "\u{10000}", "\u{10ffff}"];
      const key = () => Array.from({ length: 1 + below(3) }, () => characters[below(characters.length)]).join("");
      const model = new Set<string>();
      for (let revision = 1; revision <= 30; revision++) {
        const upserts = new Set(Array.from({ length: below(8) }, key));
        const deletes = [...model, key()].filter((one) => below(4) === 0 && !upserts.has(one));
        for (const one of upserts) model.add(one);
        for (const one of deletes) model.delete(one);
        await store.apply(
          change(revision, {
            upserts: [...upserts].map((one) => row("Alpha", one)),
            deletes: [...new Set(deletes)].map((one) => ({ collection: "Alpha", key: one })),
          }),
        );
        const keys = (await contents(store, "Alpha", 1 + below(5))).map((one) => one.key);
        equal(keys, [...model].sort(compareKeys), `keys after change ${revision}`);
      }
    },

    "keeps large rows, and rows without content": async (name) => {
      const store = await open(name);
      const rows = [row("Alpha", "large", "x".repeat(1_000_000)), row("Alpha", "small")];
      await store.apply(change(1, { upserts: rows }));
      equal(shown(await contents(await open(name), "Alpha")), shown(rows), "Alpha");
    },
  };
}
