import { type Collection, DigestSyncError } from "@digest-sync/core";
import type { Database, DatabaseManifest, KeyValues, Row, Session, Statement } from "@digest-sync/engine";
import type { Delegate, PrismaClientLike, PrismaSession } from "./client.js";

/** Key tuples in one OR: Prisma fails at 1,000 on SQLite (P2029). */
const tuplesAtOnce = 400;

/** Milliseconds. The app's own interactive transactions may hold the only connection for a while. */
const patience = { maxWait: 10_000, timeout: 30_000 };

interface Source {
  readonly collection: Collection;
  readonly delegate: string;
  /** Everything the encoding, the key, the scope and the filter need; named, so that a global `omit` has no say. */
  readonly select: Readonly<Record<string, true>>;
}

function sources(manifest: DatabaseManifest): ReadonlyMap<string, Source> {
  return new Map(
    manifest.collections.map((collection) => {
      const names = [...collection.fields.map(({ name }) => name), ...collection.key, ...collection.scope];
      const filtered = Object.keys(collection.where ?? {});
      const select = Object.fromEntries([...names, ...filtered].map((name) => [name, true as const]));
      const delegate = manifest.tables.find(({ model }) => model === collection.name)?.delegate ?? collection.name;
      return [collection.name, { collection, delegate, select }];
    }),
  );
}

/** The engine's database over a Prisma client. */
export function prismaDatabase(client: PrismaClientLike, manifest: DatabaseManifest): Database {
  const byName = sources(manifest);
  for (const source of byName.values()) delegateOf(client, source);
  const execute = (session: PrismaSession, { sql, parameters }: Statement) =>
    session.$executeRawUnsafe(sql, ...parameters);
  const session = (over: PrismaSession): Session => ({
    query: async <R>({ sql, parameters }: Statement) => over.$queryRawUnsafe<R[]>(sql, ...parameters),
    execute: async (statement) => execute(over, statement),
    read: (collection, keys) => read(over, byName.get(collection) as Source, keys),
  });
  return {
    ...session(client),
    batch: async (statements) => {
      await client.$transaction(statements.map((statement) => execute(client, statement)));
    },
    transaction: (work) => client.$transaction((inside) => work(session(inside)), patience),
  };
}

async function read(client: PrismaSession, source: Source, keys: readonly KeyValues[]): Promise<Row[]> {
  const { collection, select } = source;
  const delegate = delegateOf(client, source);
  const [field] = collection.key;
  try {
    if (field !== undefined && collection.key.length === 1) {
      return await delegate.findMany({ where: { [field]: { in: keys.map(([value]) => value) } }, select });
    }
    const rows: Row[] = [];
    for (let at = 0; at < keys.length; at += tuplesAtOnce) {
      const tuples = keys
        .slice(at, at + tuplesAtOnce)
        .map((values) => Object.fromEntries(collection.key.map((name, index) => [name, values[index]])));
      rows.push(...(await delegate.findMany({ where: { OR: tuples }, select })));
    }
    return rows;
  } catch (error) {
    throw undecodable(collection.name, error) ?? error;
  }
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

/**
 * A value that Prisma cannot decode: P2023 (inconsistent column data), or an error of the JavaScript conversion itself
 * (text in a BigInt column, broken JSON), which has no code. The value stays out of the message.
 */
function undecodable(collection: string, error: unknown): DigestSyncError | undefined {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  const last = String(message).split("\n").at(-1) ?? "";
  let reason: string;
  if (code === "P2023")
    reason = last.replace(/, got .*|^Value '.*' not/s, (part) => (part.startsWith("V") ? "Value not" : ""));
  else if (code === undefined && (name === "SyntaxError" || name === "RangeError")) reason = `${name} in a value`;
  else if (code === undefined && last.startsWith("[DecimalError]")) reason = "Invalid Decimal";
  else return undefined;
  return new DigestSyncError("unencodable", `Prisma cannot decode a row of ${collection}: ${reason}.`, {
    collection,
    cause: error,
  });
}
