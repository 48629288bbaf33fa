import { type Collection, DigestSyncError } from "@digest-sync/core";
import type { Database, DatabaseManifest, KeyValues, Row, Session, Statement } from "@digest-sync/engine";
import type { Delegate, PrismaClientLike, PrismaSession } from "./client.js";
import { isConflict, isRefusedValue, undecodable } from "./database-errors.js";
import { type Selection, selectionOf } from "./selection.js";

/** Key tuples in one OR: Prisma fails at 1,000 on SQLite (P2029). */
const tuplesAtOnce = 400;

/** Milliseconds. The app's own interactive transactions may hold the only connection for a while. */
const patience = { maxWait: 10_000, timeout: 30_000 };

/** How often a transaction is tried that the database gives up in favour of others. */
const attempts = 8;

interface Source {
  readonly collection: Collection;
  readonly delegate: string;
  readonly selection: Selection;
}

function sources(manifest: DatabaseManifest): ReadonlyMap<string, Source> {
  return new Map(
    manifest.collections.map((collection) => {
      const table = manifest.tables.find(({ model }) => model === collection.name);
      const selection = selectionOf(collection, table);
      return [collection.name, { collection, delegate: table?.delegate ?? collection.name, selection }];
    }),
  );
}

/** The engine's database over a Prisma client. */
export function prismaDatabase(client: PrismaClientLike, manifest: DatabaseManifest): Database {
  const byName = sources(manifest);
  for (const source of byName.values()) delegateOf(client, source);
  // Settling is exact under READ COMMITTED alone, whatever the database's default. SQLite has no levels. And whatever
  // the client's own `transactionOptions` are: they are the app's.
  const options = {
    ...patience,
    ...(manifest.provider === "sqlite" ? {} : ({ isolationLevel: "ReadCommitted" } as const)),
  };
  const execute = (session: PrismaSession, { sql, parameters }: Statement) =>
    session.$executeRawUnsafe(sql, ...parameters);
  const session = (over: PrismaSession, readIn: ReadIn = (_, work) => work()): Session => ({
    query: async <R>({ sql, parameters }: Statement) => over.$queryRawUnsafe<R[]>(sql, ...parameters),
    execute: async (statement) => execute(over, statement),
    read: (collection, keys) => {
      const source = byName.get(collection) as Source;
      return named(collection, () => readIn(over, () => read(over, source, keys)));
    },
  });
  const run = <T>(work: (session: Session) => Promise<T>, readIn: ReadIn) =>
    client.$transaction((inside) => work(session(inside, readIn)), options);
  return {
    ...session(client),
    batch: (statements) =>
      repeated(async () => {
        await client.$transaction(
          statements.map((statement) => execute(client, statement)),
          options,
        );
      }),
    transaction: (work) =>
      repeated(async () => {
        if (manifest.provider !== "postgresql") return run(work, (_, read) => read());
        try {
          return await run(work, unguarded);
        } catch (error) {
          if (!(error instanceof ReadAborted)) throw error;
          return await run(work, guarded);
        }
      }),
  };
}

/** How rows are read inside a transaction. */
type ReadIn = <T>(session: PrismaSession, read: () => Promise<T>) => Promise<T>;

/** PostgreSQL has refused a value, and with it the rest of the transaction. */
class ReadAborted extends Error {}

const unguarded: ReadIn = async (_, read) => {
  try {
    return await read();
  } catch (error) {
    throw isRefusedValue(error) ? new ReadAborted("A read has aborted its transaction.", { cause: error }) : error;
  }
};

/** Behind a savepoint, so that the transaction survives. That costs two more round trips: only where there is need. */
const guarded: ReadIn = async (session, read) => {
  await session.$executeRawUnsafe("SAVEPOINT digest_read");
  try {
    return await read();
  } catch (error) {
    await session.$executeRawUnsafe("ROLLBACK TO SAVEPOINT digest_read");
    throw error;
  } finally {
    await session.$executeRawUnsafe("RELEASE SAVEPOINT digest_read");
  }
};

/** Tries again, a little later each time, what the database gives up because of others. */
async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !isConflict(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 2 ** attempt * (1 + Math.random())));
    }
  }
}

/** Errors that a row is to blame for, told apart from the database's own. */
async function named<T>(collection: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReadAborted) throw error;
    throw undecodable(collection, error) ?? error;
  }
}

async function read(client: PrismaSession, source: Source, keys: readonly KeyValues[]): Promise<Row[]> {
  const { collection, selection } = source;
  const { select, flatten } = selection;
  const delegate = delegateOf(client, source);
  const [field] = collection.key;
  if (field !== undefined && collection.key.length === 1) {
    const rows = await delegate.findMany({ where: { [field]: { in: keys.map(([value]) => value) } }, select });
    return rows.map(flatten);
  }
  const rows: Row[] = [];
  for (let at = 0; at < keys.length; at += tuplesAtOnce) {
    const tuples = keys
      .slice(at, at + tuplesAtOnce)
      .map((values) => Object.fromEntries(collection.key.map((name, index) => [name, values[index]])));
    rows.push(...(await delegate.findMany({ where: { OR: tuples }, select })).map(flatten));
  }
  return rows;
}

function delegateOf(client: PrismaSession, { collection, delegate }: Source): Delegate {
  const found = (client as unknown as Record<string, Delegate | undefined>)[delegate];
  if (found) return found;
  throw new DigestSyncError(
    "invalid-manifest",
    `The Prisma client has no model "${delegate}": client and manifest are not of the same schema. Run "prisma generate".`,
    { collection: collection.name },
  );
}
