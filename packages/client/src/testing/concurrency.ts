import {
  type Cases,
  change,
  check,
  contents,
  equal,
  random,
  row,
  type StoreUnderTest,
  shown,
  stateOf,
  textOf,
} from "./fixture.js";

/** Several tabs, several processes. */
export function concurrencyCases({ open }: StoreUnderTest): Cases {
  return {
    "lets one of two changes win that are made at once": async (name) => {
      const [one, two] = [await open(name), await open(name)];
      for (let revision = 1; revision <= 5; revision++) {
        const [a, b] = [row("Alpha", "a", `a${revision}`), row("Alpha", "a", `b${revision}`)];
        const done = await Promise.all([
          one.apply(change(revision, { upserts: [a], state: stateOf("a") })),
          two.apply(change(revision, { upserts: [b], state: stateOf("b") })),
        ]);
        equal([...done].sort(), [false, true], "what the two were told");
        equal(textOf(await two.load()), done[0] ? "a" : "b", "whose state was saved");
        equal(shown(await contents(one, "Alpha")), shown([done[0] ? a : b]), "whose row was saved");
      }
    },

    "never mixes the changes of two handles into a set that neither made": async (name) => {
      // Every change rewrites all three rows: whatever is read has one writer's text in all of them.
      const writer = async (who: string) => {
        const store = await open(name);
        const below = random(who.length);
        for (let done = 0, attempts = 0; done < 10; attempts++) {
          check(attempts < 1_000, "a writer was refused a thousand times");
          const revision = ((await store.load())?.revision ?? 0) + 1;
          const upserts = ["a", "b", "c"].map((key) => row("Alpha", key, `${who} ${revision}`));
          if (await store.apply(change(revision, { upserts, state: stateOf(`${who} ${revision}`) }))) done++;
          for (let i = below(3); i > 0; i--) await Promise.resolve();
        }
      };
      await Promise.all([writer("x"), writer("yy"), writer("zzz")]);
      const store = await open(name);
      const saved = (await store.load())!;
      equal(saved.revision, 30, "the number of changes");
      const rows = ["a", "b", "c"].map((key) => row("Alpha", key, textOf(saved)));
      equal(shown(await contents(store, "Alpha")), shown(rows), "the rows of the last writer");
    },

    "never shows the half of a change": async (name) => {
      const store = await open(name);
      const rows = (text: string) => Array.from({ length: 300 }, (_, i) => row("Alpha", `k${i}`, text));
      await store.apply(change(1, { upserts: rows("1") }));
      let isOver = false;
      const reading = (async () => {
        while (!isOver) {
          const texts = new Set((await store.scan("Alpha", null, 300)).map(({ encoding }) => encoding.at(-1)));
          check(texts.size === 1, "a scan saw rows of before and after one change");
        }
      })();
      for (let revision = 2; revision <= 6; revision++) {
        await store.apply(change(revision, { upserts: rows(String(revision)) }));
      }
      isOver = true;
      await reading;
    },
  };
}
