import { kit } from "../later.js";
import { audit } from "../mend/audit.js";
import {
  adding,
  type Cases,
  change,
  check,
  contents,
  equal,
  localSet,
  rejects,
  row,
  type StoreUnderTest,
  shown,
  textOf,
} from "./fixture.js";

const rows = (count: number, text: string) =>
  Array.from({ length: count }, (_, i) => row("Alpha", `k${1000 + i}`, text));

/** Full disks, cleared storage, damaged rows. */
export function damageCases({ open, fill, clear, damage }: StoreUnderTest): Cases {
  const cases: Record<string, (name: string) => Promise<void>> = {};

  if (fill) {
    cases["keeps the old rows and state when a change fails half way, and takes it when there is space again"] = async (
      name,
    ) => {
      const store = await open(name);
      const before = rows(250, "old");
      await store.apply(change(1, { upserts: before }));
      const free = await fill(name);
      const next = change(2, { upserts: rows(700, "new"), deletes: [row("Beta", "x")] });
      await rejects(store.apply(next), "a change on a full disk");
      await rejects(store.apply(next), "the same change, once more");
      await free();
      for (const one of [store, await open(name)]) {
        equal(textOf(await one.load()), "state 1", "the state");
        equal(shown(await contents(one, "Alpha")), shown(before), "the rows");
      }
      check(await store.apply(next), "the change was refused when there was space again");
      equal(shown(await contents(await open(name), "Alpha")), shown(rows(700, "new")), "the rows after it");
    };
  }

  if (clear) {
    cases["starts anew when its storage is cleared while it is open"] = async (name) => {
      const store = await open(name);
      for (let revision = 1; revision <= 2; revision++)
        await store.apply(change(revision, { upserts: rows(5, "old") }));
      await clear(name);
      equal(await store.load(), null, "load()");
      equal(await contents(store, "Alpha"), [], "the rows");
      check(!(await store.apply(change(3))), "a change was applied that follows what is gone");
      check(await store.apply(change(1, { upserts: rows(3, "new") })), "the first change was refused");
      equal(shown(await contents(await open(name), "Alpha")), shown(rows(3, "new")), "the rows after it");
    };
  }

  if (damage) {
    cases["shows an audit which row was damaged, and lets it be replaced"] = async (name) => {
      const set = await localSet(await open(name));
      check(await set.commit(adding(...rows(20, "right"))), "the rows were refused");
      const root = set.root();
      const damaged = row("Alpha", "k1007", "right");
      await damage(name, damaged);
      const again = await localSet(await open(name));
      const found = await audit(kit, again);
      equal(found.corrupted, [{ collection: "Alpha", key: "k1007" }], "what the audit found");
      equal(await again.store.get("Alpha", ["k1007"]), [], "the damaged row");
      equal(again.count, 19, "the rows that are left");
      check(await again.commit(adding(damaged)), "the row was refused");
      equal([...again.root()], [...root], "the root after it came back");
      equal(shown(await contents(await open(name), "Alpha")), shown(rows(20, "right")), "the rows");
      equal((await audit(kit, again)).corrupted, [], "what a second audit finds");
    };
  }
  return cases;
}
