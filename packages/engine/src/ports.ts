/** A value bound to a statement's placeholder. */
export type SqlValue = string | number | bigint | Uint8Array | null | readonly (string | number | bigint | null)[];

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** A row as the ORM decodes it: Prisma's field names, Prisma's JavaScript types. */
export type Row = Readonly<Record<string, unknown>>;

/** The values of a row's key fields, in the order of the collection's key. */
export type KeyValues = readonly (string | number | bigint)[];

/** What one connection, or one transaction, can do. */
export interface Session {
  query<R>(statement: Statement): Promise<R[]>;
  /** The number of rows affected. */
  execute(statement: Statement): Promise<number>;
  /**
   * The rows that exist among these keys, in any order, with every field of the collection's encoding, key, scope
   * and filter. Read through the ORM, so that one table yields the same values on every database.
   *
   * @throws DigestSyncError `unencodable` when the ORM cannot decode one of the rows; any other error is the database's.
   */
  read(collection: string, keys: readonly KeyValues[]): Promise<Row[]>;
}

/** The engine's only way to the world. */
export interface Database extends Session {
  /** All statements in one transaction, or none. */
  batch(statements: readonly Statement[]): Promise<void>;
  /** An interactive transaction (READ COMMITTED where the database has levels). */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
}
