import type { Provider } from "@digest-sync/engine";
import type { SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";

/** The databases that tests run on. PGlite is PostgreSQL in this process. */
export type DatabaseName = "sqlite" | "pglite" | "postgresql" | "mysql";

/** Where a database is, as plain data: a child process opens the same one with it. */
export interface Connection {
  readonly provider: Provider;
  /** As the provider's driver takes it: `file:/tmp/x/test.db`, `postgresql://...`, `mariadb://...`. */
  readonly url: string;
}

export interface Disconnectable {
  $disconnect(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the statement selects
export type Selected = Record<string, any>;

/** An empty database of one of the shared schemas, for one test. */
export interface TestDatabase {
  readonly connection: Connection;
  /** SQLite's file; elsewhere there is none. */
  readonly path: string;
  /** A driver adapter for one more client; the client is disconnected by `remove` when it was passed to `closing`. */
  adapter(): SqlDriverAdapterFactory;
  closing<Client extends Disconnectable>(client: Client): Client;
  /** Runs a statement on the bare driver, beside every Prisma client. Written as `sql` describes. */
  run<R = Selected>(statement: string, ...values: unknown[]): Promise<R[]>;
  remove(): Promise<void>;
}

/** What a kind of database needs: an open one, and how to end it. */
export type OpenDatabase = Omit<TestDatabase, "closing" | "path">;

/** A schema that databases are made of: the name of a file in prisma/. */
export type SchemaName = string;

/** One kind of database. */
export interface DatabaseKind {
  readonly provider: Provider;
  /** Several connections at once, of this process and of others. */
  readonly severalConnections: boolean;
  open(schema: SchemaName): Promise<OpenDatabase>;
}
