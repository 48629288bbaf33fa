import type { Manifest } from "@digest-sync/core";

/** A column behind a Prisma field. */
export interface Column {
  /** The column's name in the database. */
  readonly name: string;
  /** Enum fields with mapped values: Prisma's name -> the value the database stores (and triggers see). */
  readonly values?: Readonly<Record<string, string>>;
}

/** The table behind a collection. */
export interface Table {
  /** The collection's name. */
  readonly model: string;
  /** The property of the Prisma client that reads it: `contact`. */
  readonly delegate: string;
  readonly schema?: string;
  readonly name: string;
  /** Every scalar field of the model, those left out of the sync included. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** Databases a generated manifest can be for. */
export type Provider = "sqlite" | "postgresql" | "mysql";

/**
 * The manifest with the server's knowledge of tables and columns. Written by the generator as `server.ts`; not for browsers.
 *
 * @example
 * import { manifest } from "./generated/digest-sync/server"
 * const prisma = new PrismaClient({ adapter }).$extends(digestSync(manifest))
 */
// biome-ignore lint/suspicious/noExplicitAny: any row type must be assignable
export interface DatabaseManifest<Rows extends Record<string, object> = any> extends Manifest<Rows> {
  readonly provider: Provider;
  /** One for each collection. */
  readonly tables: readonly Table[];
}
