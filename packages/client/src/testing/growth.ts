import { compileRowDigest, compileRowEncoder, findCollection } from "@digest-sync/core";
import { kit } from "../later.js";
import { audit } from "../mend/audit.js";
import { everyPage, type StoredRow } from "../store.js";
import {
  adding,
  type Cases,
  check,
  contents,
  equal,
  grownManifest,
  localSet,
  row,
  type StoreUnderTest,
  shown,
} from "./fixture.js";

/** Much data, crashes in between, schemas that grow. */
export function growthCases({ open, rows = 100_000 }: StoreUnderTest): Cases {
  return {
    "holds rows and the position of a pull together, wherever the app ends": async (name) => {
      const page = (number: number) => Array.from({ length: 50 }, (_, i) => row("Alpha", `p${number}-${100 + i}`));
      for (let number = 0; number < 4; number++) {
        // Opened anew for every page, and left without a word.
        const set = await localSet(await open(name));
        const after = set.state.pull?.after?.key;
        equal(after, number === 0 ? undefined : `p${number - 1}-149`, "the position");
        equal(set.count, number * 50, "the rows up to it");
        check(
          await set.commit(adding(...page(number)), {
            pull: { after: { collection: "Alpha", key: `p${number}-149` }, rows: 0 },
          }),
          "a page was refused",
        );
      }
    },

    "keeps old rows when the app's collections and fields grow": async (name) => {
      const before = await localSet(await open(name));
      const old = [row("Alpha", "old", "text"), row("Beta", "b")];
      check(await before.commit(adding(...old)), "the old rows were refused");
      // What a later server sends to this app: a field it does not know stays in the encoding.
      const later = laterRow({ id: "new", text: "text", age: 41 });
      check(await before.commit(adding(later)), "a row with one field more was refused");
      const store = await open(name);
      equal(shown(await contents(store, "Alpha")), shown([later, old[0]!]), "Alpha");
      equal(shown(await contents(store, "Beta")), shown([old[1]!]), "Beta");
      equal((await audit(kit, await localSet(store))).corrupted, [], "what an audit finds");
      equal(await contents(store, "Gamma"), [], "a collection that the store has never heard of");
    },

    [`holds ${rows.toLocaleString("en")} rows`]: async (name) => {
      const set = await localSet(await open(name));
      for (let at = 0; at < rows; at += 1_000) {
        const some: StoredRow[] = [];
        for (let i = at; i < Math.min(at + 1_000, rows); i++)
          some.push(row("Alpha", `k${1_000_000 + i}`, `text of ${i}`));
        check(await set.commit(adding(...some)), "a page was refused");
      }
      const again = await localSet(await open(name));
      equal(again.count, rows, "the count");
      equal([...again.root()], [...set.root()], "the root");
      let seen = 0;
      let last = "";
      for await (const page of everyPage(again.store.digests, "Alpha")) {
        seen += page.length;
        check(page[0]!.key > last, "a page did not follow the one before");
        last = page[page.length - 1]!.key;
      }
      equal([seen, last], [rows, `k${1_000_000 + rows - 1}`], "rows seen, and the last key");
      const [middle] = await again.store.get("Alpha", [`k${1_000_000 + rows / 2}`]);
      equal(shown([middle!]), shown([row("Alpha", `k${1_000_000 + rows / 2}`, `text of ${rows / 2}`)]), "a row");
      equal((await again.store.find(middle!.digest.slice(0, 8))).length, 1, "rows found by its digest");
    },
  };
}

function laterRow(values: { id: string; text: string; age: number }): StoredRow {
  const alpha = findCollection(grownManifest, "Alpha");
  const encoding = compileRowEncoder(alpha)(values);
  return { collection: "Alpha", key: values.id, digest: compileRowDigest(alpha, "sha256")(values), encoding };
}
