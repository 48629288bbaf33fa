import type { CollectionConfig, DeleteMutationFn, InsertMutationFn, SyncConfig, UpdateMutationFn } from "@tanstack/db";
import type { DigestSyncClient } from "./client.js";

export interface DigestSyncCollectionConfig<Rows extends Record<string, object>, Name extends keyof Rows & string> {
  readonly client: DigestSyncClient<Rows>;
  /** The collection's name in the manifest. */
  readonly collection: Name;
  /** TanStack's id of the collection. Default: the name. */
  readonly id?: string;
  /**
   * Write through the app's own API. What was written is here before the optimistic row goes: a sync follows each of the
   * three.
   */
  readonly onInsert?: InsertMutationFn<Rows[Name], string>;
  readonly onUpdate?: UpdateMutationFn<Rows[Name], string>;
  readonly onDelete?: DeleteMutationFn<Rows[Name], string>;
}

/**
 * Options of a TanStack DB collection that shows what the client holds, as it changes. Keys are the rows' key text.
 *
 * @example
 * const contacts = createCollection(
 *   digestSyncCollectionOptions({
 *     client: sync,
 *     collection: "Contact",
 *     onUpdate: ({ transaction }) => api.save(transaction.mutations.map(({ modified }) => modified)),
 *   }),
 * );
 * sync.start();
 */
export function digestSyncCollectionOptions<Rows extends Record<string, object>, Name extends keyof Rows & string>({
  client,
  collection: name,
  id = name,
  onInsert,
  onUpdate,
  onDelete,
}: DigestSyncCollectionConfig<Rows, Name>): CollectionConfig<Rows[Name], string> {
  const collection = client.collection(name);
  /** Resolves when everything that was applied so far has been handed on. */
  let handed: Promise<void> = Promise.resolve();

  const sync: SyncConfig<Rows[Name], string>["sync"] = ({ begin, write, commit, markReady, markError }) => {
    const known = new Set<string>();
    let stale: Set<string> | "all" = "all";
    let hasEnded = false;

    async function handOn(): Promise<void> {
      const keys = stale;
      if (hasEnded || (keys !== "all" && keys.size === 0)) return;
      stale = new Set();
      try {
        const rows = await collection.read(keys === "all" ? undefined : [...keys]);
        if (hasEnded) return;
        begin();
        for (const [key, value] of rows) {
          write({ type: known.has(key) ? "update" : "insert", value });
          known.add(key);
        }
        for (const key of keys === "all" ? [...known] : keys) {
          if (!rows.has(key) && known.delete(key)) write({ type: "delete", key });
        }
        commit();
        markReady();
      } catch (error) {
        // The next change reads everything.
        stale = "all";
        if (known.size === 0) markError(error);
      }
    }
    const next = () => {
      handed = handed.then(handOn);
    };
    const leave = client.subscribe(({ collections }) => {
      const changed = collections[name];
      if (changed === undefined) return;
      if (stale !== "all") for (const key of [...changed.upserted, ...changed.deleted]) stale.add(key);
      next();
    });
    next();
    return () => {
      hasEnded = true;
      leave();
    };
  };

  /** The handler, and then a sync that brings what it wrote. */
  const followed = <Parameters extends unknown[], Result>(handler: (...given: Parameters) => Promise<Result>) => {
    return async (...given: Parameters): Promise<Result> => {
      const result = await handler(...given);
      // It was written: whether it is here at once or with a later sync is not the writer's affair.
      await client.sync({ changesLikely: true }).catch(() => {});
      await handed;
      return result;
    };
  };

  return {
    id,
    getKey: (row) => collection.keyOf(row),
    sync: { sync, rowUpdateMode: "full" },
    ...(onInsert && { onInsert: followed(onInsert) }),
    ...(onUpdate && { onUpdate: followed(onUpdate) }),
    ...(onDelete && { onDelete: followed(onDelete) }),
  };
}
