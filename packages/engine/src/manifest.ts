import type { Manifest } from "@digest-sync/core";

/** A column behind a Prisma field. */
export interface Column {
  /** The column's name in the database. */
  readonly name: string;
  /** Enum fields with mapped values: Prisma's name -> the value the database stores (and triggers see). */
  readonly values?: Readonly<Record<string, string>>;
}

/** Where a table is. */
export interface TableName {
  readonly schema?: string;
  readonly name: string;
}

/** One step along a to-one relation: `columns` of the table before refer to `references` of `table`. */
export interface Hop {
  readonly columns: readonly string[];
  readonly table: TableName;
  readonly references: readonly string[];
  /** The relation is optional: a row may lead nowhere. */
  readonly optional?: true;
}

/** A scope value that another table holds: `chat.accountId`. */
export interface ScopePath {
  /** From the collection's own table on, at least one. */
  readonly hops: readonly Hop[];
  /** The column of the last table. */
  readonly column: Column;
}

/** An implicit many-to-many relation whose other side's ids are a field of the row. */
export interface RelationList {
  /** Prisma's join table: `_ChatToTag`. */
  readonly join: TableName;
  /** Its columns (`A` or `B`): of this row, and of the other side. */
  readonly own: string;
  readonly other: string;
  /** The column of the collection's own table that `own` refers to. */
  readonly column: string;
  /** The other side's table and id. */
  readonly to: TableName;
  readonly references: string;
  /** The Prisma field of the other side's id: what is read, as `select: { tags: { select: { id: true } } }`. */
  readonly id: string;
}

/** What a foreign key does to the rows that refer to one that is deleted, or whose key changes. */
export type ReferentialAction = "Cascade" | "SetNull" | "SetDefault" | "Restrict" | "NoAction";

/** A foreign key, of a synced model or not. */
export interface ForeignKey {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly to: TableName;
  readonly references: readonly string[];
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
}

/** The table behind a collection. */
export interface Table extends TableName {
  /** The collection's name. */
  readonly model: string;
  /** The property of the Prisma client that reads it: `contact`. */
  readonly delegate: string;
  /** Every scalar field of the model, those left out of the sync included. */
  readonly columns: Readonly<Record<string, Column>>;
  /** The scope values that are not the row's own, by path. */
  readonly paths?: Readonly<Record<string, ScopePath>>;
  /** The relation lists among the collection's fields, by field. */
  readonly lists?: Readonly<Record<string, RelationList>>;
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
  /** Every foreign key of the schema, implicit many-to-many tables' included. Where MySQL's silent cascades run. */
  readonly foreignKeys?: readonly ForeignKey[];
  /** The database enforces no foreign keys: Prisma itself emulates them (`relationMode = "prisma"`). */
  readonly emulatedRelations?: true;
}
