import type { DigestSyncClient } from "@digest-sync/client";
import type { Dexie } from "dexie";

/**
 * Keeps tables of a Dexie database equal to what a client holds, so that its indexes, queries and `liveQuery` work on
 * synced rows. Each table is declared with a key of its own beside the row (`Contact: ", name"`), which is the row's key
 * as text. Resolves, once the tables are equal, to the function that ends it.
 */
export async function mirrorToDexie(sync: DigestSyncClient, db: Dexie, names: readonly string[]) {
  let queue = Promise.resolve();
  /** Reads rows anew and puts them into their table in one transaction: the named ones, or all. */
  const bring = (name: string, keys?: readonly string[]) => {
    const brought = queue.then(async () => {
      const rows = await sync.collection(name).read(keys);
      const table = db.table(name);
      await db.transaction("rw", table, async () => {
        if (keys === undefined) await table.clear();
        else await table.bulkDelete(keys.filter((key) => !rows.has(key)));
        await table.bulkPut([...rows.values()], [...rows.keys()]);
      });
    });
    queue = brought.catch(() => {});
    return brought;
  };
  const end = sync.subscribe(({ collections }) => {
    for (const name of names) {
      const changed = collections[name];
      // If Dexie fails, the next start brings everything.
      if (changed) bring(name, [...changed.upserted, ...changed.deleted]).catch(console.error);
    }
  });
  await Promise.all(names.map((name) => bring(name)));
  return end;
}
