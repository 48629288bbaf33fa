/** Prisma's scalar types, as the row encoding knows them; an enum value travels as its name. */
export type FieldType =
  | "String"
  | "Int"
  | "BigInt"
  | "Float"
  | "Decimal"
  | "Boolean"
  | "DateTime"
  | "Json"
  | "Bytes"
  | "Enum";

export interface Field {
  /** The field's name in the Prisma schema, never its `@map`. */
  readonly name: string;
  readonly type: FieldType;
  /** A scalar list; null and empty are the same. */
  readonly list?: true;
  /** May be null. A null field is left out of the row encoding. */
  readonly optional?: true;
  /** A single-precision column: its values go through Math.fround, so that every driver yields the same double. */
  readonly single?: true;
}

/** A value a collection filter may compare with. */
export type FilterValue = string | number | boolean | null;

/** A Prisma model that is synced. */
export interface Collection {
  readonly name: string;
  /** The synced fields in schema order; omitted fields are not listed. */
  readonly fields: readonly Field[];
  /** Names of the primary key's fields, in key order. */
  readonly key: readonly string[];
  /** Paths of the scope's values, in order: `accountId`, `chat.accountId`. Empty: one scope for all. */
  readonly scope: readonly string[];
  /** Only rows whose own fields equal all of these are in the set. */
  readonly where?: Readonly<Record<string, FilterValue>>;
}

/**
 * What server and client agree on. Written by the generator; safe to ship to a browser (no table, no column name).
 * `Rows` maps collection names to row types and exists for inference only.
 *
 * @example
 * import { manifest } from "./generated/digest-sync/client"
 * new DigestSyncClient({ url: "/sync", manifest }).collection("Contact").get("c1") // typed
 */
// biome-ignore lint/suspicious/noExplicitAny: any row type must be assignable
export interface Manifest<Rows extends Record<string, object> = any> {
  /** Version of the manifest format. */
  readonly version: 1;
  /** Name of the digest algorithm. */
  readonly algorithm: string;
  /** Sorted by name, by code unit. */
  readonly collections: readonly Collection[];
  /** Never set: carries the row types. */
  readonly $rows?: Rows;
}
