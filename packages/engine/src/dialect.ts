import type { Collection } from "@digest-sync/core";
import type { ForeignKey, Provider, Table, TableName } from "./manifest.js";
import type { KeyValues, Session, Statement } from "./ports.js";
import type { ScopeRef } from "./scope.js";

/** A collection and the fingerprint under which this process digests it: 16 hexadecimal digits. */
export interface OwnCollection {
  readonly name: string;
  readonly fingerprint: string;
}

/** One pending change as the queue holds it. */
export interface PendingRow {
  /** As text: MySQL's ids are past what JSON numbers hold. */
  readonly id: string;
  readonly collection: string;
  readonly scope: string;
  /** Null stands for all stored keys of the scope. */
  readonly key: string | null;
}

/** A pending change without a scope. */
export interface Wildcard {
  readonly id: string;
  readonly collection: string;
  readonly key: string | null;
}

/** A `_digest_scope` row. */
export interface ScopeRow {
  readonly id: ScopeId;
  readonly collection: string;
  readonly scope: string;
  readonly version: number | bigint;
  readonly count: number | bigint;
  readonly state: Uint8Array | null;
  readonly sketch: Uint8Array | null;
}

/** What a verification needs of a scope: not its stored sketch, which is larger than all the rest. */
export interface ScopeSum {
  readonly id: ScopeId;
  readonly collection: string;
  readonly scope: string;
  /** To be compared, not to be counted with. */
  readonly version: string;
  readonly count: number;
  readonly state: Uint8Array | null;
}

/** What the fast path of a verification needs. */
export interface SummaryRow {
  /** The scopes that exist, packed (see packed.ts): [id, collection, scope, version, count, state], the state as hex. */
  readonly rows: string | null;
  /** 1 when something is pending in any of the scopes. */
  readonly pending: number | bigint;
  /** Rows in these scopes that could not be encoded. */
  readonly errors: number | bigint;
  /** How many of the metas hold. */
  readonly ready: number | bigint;
}

/** The id of a `_digest_scope` row, as the driver returns it. */
export type ScopeId = number | bigint;

/** Where a digest is stored. */
export interface DigestPlace {
  readonly scopeId: ScopeId;
  readonly key: string;
}

/** A stored digest, as 64 hexadecimal digits. */
export interface DigestRow extends DigestPlace {
  readonly digest: string;
}

/** What a scope becomes, if its version is still the one that was read. */
export interface ScopeUpdate {
  readonly id: ScopeId;
  readonly version: number | bigint;
  readonly count: number;
  readonly state: Uint8Array;
  readonly sketch: Uint8Array | null;
}

export interface Trigger {
  /** Names the definition: it ends in a hash of the SQL, so that a name that exists is a trigger that is right. */
  readonly name: string;
  /** The table it stands on: the collection's own, or one that its rows' places or contents depend on. */
  readonly table: TableName;
  /** To be run in this order, in one transaction where the database has transactional DDL. */
  readonly statements: readonly Statement[];
}

/** A trigger of ours that stands in the database. */
export interface InstalledTrigger {
  readonly name: string;
  readonly table: TableName;
  /** It does not do what its name says: it is disabled, or its function has been replaced. Making it again mends that. */
  readonly broken?: true;
}

/** A collection together with the table behind it, and what the schema says of the tables around. */
export interface Source {
  readonly collection: Collection;
  readonly table: Table;
  readonly foreignKeys: readonly ForeignKey[];
  readonly emulatedRelations: boolean;
}

/**
 * Everything that differs between databases: a dialect makes statements and runs none, but for reading the
 * catalogue. The tables' shape is frozen (SQLite loses a table that is redefined while triggers name it).
 */
export interface Dialect {
  readonly provider: Provider;
  /** Rows settled in one transaction. */
  readonly batchRows: number;
  /** SQLite has one writer at a time for the whole file, so it must not hold the lock while it hashes. */
  readonly optimistic: boolean;

  // The schema of our own tables and triggers.
  tables(): Statement[];
  dropTables(): Statement[];
  /** Names of the tables above. */
  readonly tableNames: readonly string[];
  /** Which of these tables do not exist. */
  missingTables(session: Session, tables: readonly TableName[]): Promise<string[]>;
  /** Why some of these tables cannot be synced, or be what a scope or list depends on: writes to their kind get past triggers. */
  unsupported(session: Session, tables: readonly TableName[]): Promise<string[]>;
  triggers(session: Session, source: Source): Promise<Trigger[]>;
  /** Names of the triggers of ours that exist, with the table each stands on. */
  installedTriggers(session: Session): Promise<InstalledTrigger[]>;
  dropTrigger(trigger: InstalledTrigger): Statement[];
  /**
   * What else keeps this connection from doing its work, each with what mends it: rights it lacks, rows that it may not
   * see. Asked when all tables are there.
   */
  problems(session: Session, sources: readonly Source[]): Promise<string[]>;
  /** Why the database refused to make a trigger, and what mends it; undefined for other errors. */
  refusal?(error: unknown): string | undefined;

  // Backfill: rows that were there before the triggers.
  /** The last key of the next `limit` rows after `after`, as a JSON list of column values; no row: none left. */
  chunkEnd(source: Source, after: string | null, limit: number): Statement;
  appendChunk(source: Source, after: string | null, end: string | null): Statement;
  /** All stored keys of a collection, to find rows that went while no trigger watched. */
  appendStored(collection: string): Statement;

  // The queue.
  append(changes: readonly (ScopeRef & { key: string })[]): Statement;
  // Both look only at collections whose stored digests are made the way this process makes them: see meta.ts.
  /** The scopes of the oldest `limit` pending changes, of all or among these; a scope that is null is a wildcard. */
  pendingScopes(own: readonly OwnCollection[], limit: number, among?: readonly ScopeRef[]): Statement;
  /** Packed (see packed.ts), oldest first. */
  pending(own: readonly OwnCollection[], scopes: readonly ScopeRef[], limit: number): Statement;
  deletePending(ids: readonly string[]): Statement;

  // A change of unknown keys, as of TRUNCATE: (collection, null, null) stands for all known scopes of the collection,
  // (collection, scope, null) for all stored keys of the scope. It is pending in every scope it stands for.
  // (collection, null, key) is a change of one row whose scope a trigger could not read without waiting.
  /** The oldest `limit` changes without a scope. */
  wildcards(own: readonly OwnCollection[], limit: number): Statement;
  /**
   * Replaces these by one for each known scope, or, with a key, for each scope that has a digest of it. A scope is known
   * before rows are read for it: one that is made later has digests of rows that are newer than the wildcard.
   */
  expandWildcards(wildcards: readonly Wildcard[]): Statement[];
  /** Appends all stored keys of these scopes. */
  appendScopes(ids: readonly ScopeId[]): Statement;

  // Scopes and digests.
  /** Makes those that are missing, in a transaction of its own. */
  ensureScopes(scopes: readonly ScopeRef[]): Statement[];
  /**
   * The first statement of a settling transaction: locks these scopes to its end, in this order. Yields one row for each;
   * fewer when some have to be made first.
   */
  lockScopes(scopes: readonly ScopeRef[]): Statement;
  scopes(scopes: readonly ScopeRef[]): Statement;
  scopesOf(collection: string): Statement;
  /**
   * One statement, so that it is one moment, and one SummaryRow: a grant may cover a thousand scopes. `metas` are the name and value pairs that must be there for the digests to be trusted.
   */
  summary(scopes: readonly ScopeRef[], metas: readonly (readonly [string, string])[]): Statement;
  /** Packed: [collection, scope, stamp], the stamp a text that is another as soon as the scope's digests are (the first 16 bytes of `state` in hex, or empty). */
  stamps(scopes: readonly ScopeRef[]): Statement;
  /** Moves the version of all scopes of a collection: settlers that read an older one fail. */
  bumpScopes(collection: string): Statement;
  /** Fails when one of the versions has moved. */
  advance(updates: readonly ScopeUpdate[]): Statement[];
  /** Packed. */
  digests(places: readonly DigestPlace[]): Statement;
  putDigests(rows: readonly DigestRow[]): Statement;
  deleteDigests(places: readonly DigestPlace[]): Statement;
  /**
   * Up to `limit` digests of these scopes in key order; `after` null starts at the first. Packed, and with `keysOnly` the
   * keys alone: reading a digest takes longer than finding it.
   */
  digestPage(scopeIds: readonly ScopeId[], after: string | null, limit: number, keysOnly?: boolean): Statement;
  /** One row {last, count, elements}: the elements of the next digests by key order, 16 hexadecimal digits each. */
  elementPage(scopeId: ScopeId, window: number, after: string | null, limit: number): Statement;
  /** The same of all elements of these scopes at once. */
  elementsOf(scopeIds: readonly ScopeId[], window: number): Statement;
  /** Digests whose first 8 bytes are among these (16 hexadecimal digits each). Packed. */
  findElements(scopeIds: readonly ScopeId[], elements: readonly string[]): Statement;
  /**
   * One row {last, count, rows}: among the next `limit` digests of one scope by key order, or of several in any order,
   * those that have one of the elements in window 1, 2 or 3, which no index knows. Packed.
   */
  filterPage(
    scopeIds: readonly ScopeId[],
    window: number,
    elements: readonly string[],
    after: string | null,
    limit: number,
  ): Statement;

  // Rows that could not be encoded.
  /** Those of the scopes that have any, as {collection, scope}. */
  failing(scopes: readonly ScopeRef[]): Statement;
  putErrors(errors: readonly (ScopeRef & { key: string; message: string })[]): Statement;
  deleteErrors(keys: readonly (ScopeRef & { key: string })[]): Statement;

  // Audit.
  /** {key, scope} of the next rows of a table in primary-key order, with `end` as chunkEnd gives it. */
  sourceChunk(source: Source, after: string | null, end: string | null): Statement;
  /** Keys of rows in this scope that no stored digest covers. */
  missingDigests(source: Source, scope: string, scopeId: ScopeId): Statement;

  // Reading.
  /**
   * {key, scope} of the rows that exist among these keys, of a collection whose scope leads through relations. The database's
   * own joins decide, as they do in the triggers: an ORM compares foreign keys its own way, without collations.
   */
  placesAt(source: Source, keys: readonly KeyValues[]): Statement;

  // Small facts.
  getMeta(names: readonly string[]): Statement;
  putMeta(name: string, value: string): Statement;
  /** Nothing happens when the value is no longer `from`: another process has moved on. */
  moveMeta(name: string, from: string, to: string): Statement;
}
