/** The part of a Prisma 7 client this package uses. Structural: the user's client is generated, and of any kind. */
export interface PrismaSession {
  $queryRawUnsafe<T>(sql: string, ...values: unknown[]): PromiseLike<T>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<number>;
}

interface TransactionOptions {
  readonly maxWait: number;
  readonly timeout: number;
  readonly isolationLevel?: "ReadCommitted";
}

export interface PrismaClientLike extends PrismaSession {
  $transaction(work: readonly PromiseLike<unknown>[], options: TransactionOptions): Promise<unknown[]>;
  $transaction<T>(work: (session: PrismaSession) => Promise<T>, options: TransactionOptions): Promise<T>;
}

/** A model's reading side. */
export interface Delegate {
  findMany(args: { where: object; select: object }): PromiseLike<Record<string, unknown>[]>;
}

interface Extendable {
  $extends(extension: object): unknown;
  readonly _originalClient?: Extendable;
}

/**
 * A client beneath all extensions: settling must read rows as they are in the primary database, whatever a
 * read-replica, soft-delete or result extension makes of them. `_originalClient` is not public API, but the only way
 * there; it has no models of its own, hence the empty extension. Without it the client that the extension was applied
 * to is the next best.
 */
export function baseClient(client: unknown): PrismaClientLike {
  const original = (client as Extendable)._originalClient;
  return (original?.$extends({ name: "digest-sync-base" }) ?? client) as PrismaClientLike;
}
