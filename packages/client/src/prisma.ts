import { equalBytes, findCollection, fromHex, type Manifest, toHex } from "@digest-sync/core";
import { delegateOf, KEYS_AT_ONCE, keptEncoding, type Models, PrismaTable } from "./prisma-table.js";
import type { HeldDigest, LocalStore, RowAddress, StoreChange, StoredRow } from "./store.js";
import { storedBytes, storedDigest } from "./stored-bytes.js";

// biome-ignore lint/suspicious/noExplicitAny: the same default as Manifest's
export interface PrismaStoreOptions<Rows extends Record<string, object> = any> {
  /** The client of the database that holds the copy. */
  readonly prisma: object;
  /** The manifest that the generator wrote for clients of the central database. */
  readonly manifest: Manifest<Rows>;
  /** Only these collections, as in the client's options. Default: all of the manifest's. */
  readonly collections?: readonly (keyof Rows & string)[];
  /** Fields by collection that have no column in this database; their values stay in the bookkeeping. */
  readonly omit?: { readonly [Name in keyof Rows]?: readonly (keyof Rows[Name] & string)[] };
  /** Milliseconds that one change may take, a page of 1,000 rows. Default 60,000. */
  readonly timeout?: number;
}

const COPIES = "DigestCopy";
const STATES = "DigestCopyState";

interface PrismaLike extends Models {}
interface Transactional {
  $transaction<Value>(work: (inside: PrismaLike) => Promise<Value>, options: object): Promise<Value>;
}

/** A row of DigestCopy. */
interface Copy {
  readonly collection: string;
  /** Hex of the key's UTF-8: hex digits have one order under every collation. */
  readonly key: string;
  readonly digest: Uint8Array;
  readonly encoding: Uint8Array | null;
}

/**
 * A store in a Prisma database: rows are written into the tables of the models themselves, so that a service reads its
 * replica of a central database as it reads any table. `DigestCopy` and `DigestCopyState` hold digests and state; see
 * `docs/stores.md` for their models.
 *
 * @example
 * const store = prismaStore({ prisma, manifest, collections: ["Product"] });
 * const sync = new DigestSyncClient({ url, manifest, collections: ["Product"], store });
 * await sync.sync();
 * await prisma.product.findMany({ where: { price: { lt: 10 } } });
 */
export function prismaStore<Rows extends Record<string, object>>(options: PrismaStoreOptions<Rows>): LocalStore {
  const { manifest, timeout = 60_000 } = options;
  const prisma = options.prisma as PrismaLike & Transactional;
  const names = options.collections ?? manifest.collections.map(({ name }) => name);
  const omit: Readonly<Record<string, readonly string[] | undefined>> = options.omit ?? {};
  const tables = new Map(
    names.map((name) => [name, new PrismaTable(findCollection(manifest, name), omit[name] ?? [])] as const),
  );
  // Told now, not when the first rows arrive.
  for (const model of [...names, COPIES, STATES]) delegateOf(prisma, model);
  const copies = (models: Models) => delegateOf(models, COPIES);
  const states = (models: Models) => delegateOf(models, STATES);

  async function page(collection: string, after: string | null, limit: number): Promise<Copy[]> {
    const following = after === null ? {} : { key: { gt: hexKey(after) } };
    const query = { where: { collection, ...following }, orderBy: { key: "asc" }, take: limit };
    return (await copies(prisma).findMany(query)) as unknown as Copy[];
  }

  /** What the table has of these rows; what the bookkeeping has where that says more of the same. */
  async function rowsOf(collection: string, found: readonly Copy[]): Promise<StoredRow[]> {
    if (found.length === 0) return [];
    // None when the service has given the collection up: an audit then forgets the digests, the table stays as it is.
    const table = tables.get(collection);
    const held = found.map(heldDigest);
    const keys = held.map(({ key }) => key);
    const own = await table?.read(prisma, keys);
    return held.map((digest, i) => {
      const bytes = own?.get(digest.key) ?? new Uint8Array(0);
      const kept = storedBytes(found[i]!.encoding);
      const isWhole = kept.length > 0 && table !== undefined && equalBytes(table.ownEncoding(kept), bytes);
      return { ...digest, encoding: isWhole ? kept : bytes };
    });
  }

  /** Takes the turn of this change; false when it is another's. A write, so that others wait from here on. */
  async function advance(models: Models, { revision, state }: StoreChange): Promise<boolean> {
    const data = { revision, state };
    if (revision > 1) {
      return (await states(models).updateMany({ where: { id: 0, revision: revision - 1 }, data })).count === 1;
    }
    try {
      await states(models).create({ data: { id: 0, ...data } });
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === "P2002") return false;
      throw error;
    }
  }

  async function write(models: Models, { deletes, upserts }: StoreChange): Promise<void> {
    for (const [collection, rows] of byCollection(deletes)) {
      const keys = rows.map(({ key }) => key);
      await tables.get(collection)?.delete(models, keys);
      await forget(models, collection, keys);
    }
    for (const [collection, rows] of byCollection(upserts)) {
      const table = tables.get(collection)!;
      await table.write(models, rows);
      await forget(
        models,
        collection,
        rows.map(({ key }) => key),
      );
      const data = rows.map(({ key, digest, encoding }) => ({
        ...{ collection, key: hexKey(key), element: toHex(digest.subarray(0, 8)), digest },
        encoding: keptEncoding(table, encoding),
      }));
      for (const some of chunks(data)) await copies(models).createMany({ data: some });
    }
  }

  async function forget(models: Models, collection: string, keys: readonly string[]): Promise<void> {
    for (const some of chunks(keys)) {
      await copies(models).deleteMany({ where: { collection, key: { in: some.map(hexKey) } } });
    }
  }

  return {
    async load() {
      const [saved] = await states(prisma).findMany({ where: { id: 0 } });
      if (saved === undefined) return null;
      return { revision: Number(saved.revision), state: storedBytes(saved.state) };
    },

    async apply(change) {
      try {
        const work = async (inside: PrismaLike) => {
          if (!(await advance(inside, change))) throw REFUSED;
          await write(inside, change);
        };
        await prisma.$transaction(work, { maxWait: timeout, timeout });
        return true;
      } catch (error) {
        if (error === REFUSED) return false;
        throw error;
      }
    },

    async get(collection, keys) {
      const found: StoredRow[] = [];
      for (const some of chunks(keys)) {
        const where = { collection, key: { in: some.map(hexKey) } };
        const held = (await copies(prisma).findMany({ where })) as unknown as Copy[];
        for (const row of await rowsOf(collection, held)) found.push(row);
      }
      return found;
    },

    async find(elements) {
      const wanted: string[] = [];
      for (let at = 0; at < elements.length; at += 8) wanted.push(toHex(elements.subarray(at, at + 8)));
      const found: StoredRow[] = [];
      for (const some of chunks(wanted)) {
        const held = (await copies(prisma).findMany({ where: { element: { in: some } } })) as unknown as Copy[];
        for (const [collection, rows] of byCollection(held)) {
          for (const row of await rowsOf(collection, rows)) found.push(row);
        }
      }
      return found;
    },

    scan: async (collection, after, limit) => rowsOf(collection, await page(collection, after, limit)),
    digests: async (collection, after, limit) => (await page(collection, after, limit)).map(heldDigest),

    async strays(collection) {
      const found: RowAddress[] = [];
      for await (const keys of tables.get(collection)?.keys(prisma) ?? []) {
        const where = { collection, key: { in: keys.map(hexKey) } };
        const known = new Set((await copies(prisma).findMany({ where, select: { key: true } })).map(({ key }) => key));
        for (const key of keys) if (!known.has(hexKey(key))) found.push({ collection, key });
      }
      return found;
    },
  };
}

/** Ends the transaction of a change whose turn it is not. */
const REFUSED = new Error("another client of this store was first");

function heldDigest({ collection, key, digest }: Copy): HeldDigest {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(fromHex(key));
  return { collection, key: text, digest: storedDigest(digest) };
}

function hexKey(key: string): string {
  return toHex(new TextEncoder().encode(key));
}

function byCollection<Item extends { collection: string }>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.collection);
    if (group === undefined) groups.set(item.collection, [item]);
    else group.push(item);
  }
  return groups;
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += KEYS_AT_ONCE) yield items.slice(at, at + KEYS_AT_ONCE);
}
