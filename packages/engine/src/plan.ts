import { fromHex, toHex } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import { ownCollections, type SettleContext } from "./context.js";
import type { Dialect, DigestPlace, DigestRow, PendingRow, ScopeRow, ScopeUpdate } from "./dialect.js";
import { readDigests, readPending } from "./packed.js";
import { breathe, eachDigest } from "./pages.js";
import type { Session, Statement } from "./ports.js";
import { type ReadResult, readRows } from "./rows.js";
import type { ScopeRef } from "./scope.js";
import { Sums } from "./sums.js";

export interface SettleResult {
  /** Pending changes processed. */
  readonly settled: number;
  /** Rows that could not be encoded. */
  readonly errors: number;
  /** Scopes whose digests changed. */
  readonly scopes: readonly ScopeRef[];
  /** Whether something may be pending in the same scopes still. */
  readonly more: boolean;
}

/** One batch, ready to be written. */
export interface Plan {
  readonly result: SettleResult;
  /** The scopes it is about, at the versions that were read. */
  readonly rows: readonly ScopeRow[];
  /** To be executed in one transaction; the first ones fail when a version has moved. */
  readonly statements: readonly Statement[];
}

/** Reads versions, then the queue, then the rows, then the old digests, and works out what to write. */
export async function plan(context: SettleContext, session: Session, scopes: readonly ScopeRef[]): Promise<Plan> {
  const { dialect, collections } = context;
  let scopeRows = await session.query<ScopeRow>(dialect.scopes(scopes));
  if (scopeRows.length < scopes.length) {
    for (const statement of dialect.ensureScopes(scopes)) await session.execute(statement);
    scopeRows = await session.query<ScopeRow>(dialect.scopes(scopes));
  }
  // After the versions: a process that takes a collection over moves them in the same transaction.
  const pending = await readPending(session, dialect.pending(ownCollections(context), scopes, dialect.batchRows));

  const marks = pending.filter(({ key }) => key === null);
  if (marks.length > 0) return expandMarks(dialect, scopeRows, marks);

  const keysByCollection = new Map<string, Set<string>>();
  const keysByScope = new Map<string, Set<string>>();
  for (const { collection, scope, key } of pending as readonly (PendingRow & { key: string })[]) {
    addTo(keysByCollection, collection, key);
    addTo(keysByScope, scopeName({ collection, scope }), key);
  }
  const read = new Map<string, ReadResult<Uint8Array>>();
  for (const [name, keys] of keysByCollection) {
    const source = collections.get(name) as CompiledCollection;
    read.set(name, await readRows(session, source, [...keys], source.digestOf));
    await breathe();
  }
  const works = scopeRows
    .map((scope) => ({
      scope,
      keys: [...(keysByScope.get(scopeName(scope)) ?? [])],
      read: read.get(scope.collection) as ReadResult<Uint8Array>,
    }))
    .filter(({ keys }) => keys.length > 0);
  const places = works.flatMap(({ scope, keys }) => keys.map((key) => ({ scopeId: scope.id, key })));
  const stored = new Map(
    (await readDigests(session, dialect.digests(places))).map((row) => [placeName(row), row.digest] as const),
  );

  // Nearly always none: naming every row that has no error would cost more than reading its digest.
  const failing = new Set((await session.query<ScopeRef>(dialect.failing(scopes))).map(scopeName));

  const put: DigestRow[] = [];
  const remove: DigestPlace[] = [];
  const updates: ScopeUpdate[] = [];
  const elsewhere: (ScopeRef & { key: string })[] = [];
  const changed: ScopeRef[] = [];
  const errors: (ScopeRef & { key: string; message: string })[] = [];
  const clean: (ScopeRef & { key: string })[] = [];
  for (const { scope, keys, read } of works) {
    const change = difference(scope, keys, read, stored);
    if (change.sums.needsSketch) await buildSketch(dialect, session, scope, change);
    updates.push(change.sums.update(scope));
    put.push(...change.put);
    remove.push(...change.remove);
    if (change.put.length + change.remove.length > 0)
      changed.push({ collection: scope.collection, scope: scope.scope });
    for (const key of keys) {
      const message = read.errors.get(key);
      const place = { collection: scope.collection, scope: scope.scope, key };
      if (message !== undefined) errors.push({ ...place, message });
      else if (failing.has(scopeName(scope))) clean.push(place);
      // Nearly always its other place is pending too; but who appended it may have seen an older parent.
      const now = read.rows.get(key)?.scope ?? scope.scope;
      const other = { collection: scope.collection, scope: now, key };
      if (now !== scope.scope && !keysByScope.get(scopeName(other))?.has(key)) elsewhere.push(other);
    }
  }

  // The version checks come first: a batch that lost the race fails before it has written anything.
  const statements = dialect.advance(updates);
  if (remove.length > 0) statements.push(dialect.deleteDigests(remove));
  if (put.length > 0) statements.push(dialect.putDigests(put));
  if (clean.length > 0) statements.push(dialect.deleteErrors(clean));
  if (errors.length > 0) statements.push(dialect.putErrors(errors));
  if (elsewhere.length > 0) statements.push(dialect.append(elsewhere));
  statements.push(dialect.deletePending(pending.map(({ id }) => id)));
  const more = pending.length >= dialect.batchRows || elsewhere.length > 0;
  return {
    rows: works.map(({ scope }) => scope),
    statements,
    result: { settled: pending.length, errors: errors.length, scopes: changed, more },
  };
}

/**
 * Scopes of which any row may have changed: every stored key becomes a pending change. The versions move, so that an
 * optimistic settler that has read rows from before, and digests of none of them yet, fails.
 */
function expandMarks(dialect: Dialect, scopeRows: readonly ScopeRow[], marks: readonly PendingRow[]): Plan {
  const marked = new Set(marks.map(scopeName));
  const rows = scopeRows.filter((row) => marked.has(scopeName(row)));
  const statements = [
    ...dialect.advance(rows.map((row) => Sums.of(row).update(row))),
    dialect.appendScopes(rows.map(({ id }) => id)),
    dialect.deletePending(marks.map(({ id }) => id)),
  ];
  return { rows, statements, result: { settled: marks.length, errors: 0, scopes: [], more: true } };
}

function addTo(sets: Map<string, Set<string>>, name: string, value: string): void {
  const set = sets.get(name);
  if (set) set.add(value);
  else sets.set(name, new Set([value]));
}

const scopeName = ({ collection, scope }: ScopeRef) => `${collection}/${scope}`;
const placeName = ({ scopeId, key }: DigestPlace) => `${scopeId}/${key}`;

interface Change {
  readonly put: DigestRow[];
  readonly remove: DigestPlace[];
  readonly sums: Sums;
}

/** What changes in one scope: digests to write and to remove, and the sums after that. */
function difference(
  scope: ScopeRow,
  keys: readonly string[],
  read: ReadResult<Uint8Array>,
  stored: ReadonlyMap<string, string>,
): Change {
  const sums = Sums.of(scope);
  const put: DigestRow[] = [];
  const remove: DigestPlace[] = [];
  for (const key of keys) {
    const row = read.rows.get(key);
    const place = { scopeId: scope.id, key };
    const old = stored.get(placeName(place));
    // A row that is gone, or now in another scope, is absent from this one.
    const present = row?.scope === scope.scope ? row.value : undefined;
    const digest = present && toHex(present);
    if (digest === old) continue;
    if (old !== undefined) sums.subtract(fromHex(old));
    if (present === undefined || digest === undefined) remove.push(place);
    else {
      sums.add(present);
      put.push({ ...place, digest });
    }
  }
  return { put, remove, sums };
}

/** The first sketch of a scope that has grown: from the stored digests, with this batch's changes on top. */
async function buildSketch(
  dialect: Dialect,
  session: Session,
  scope: ScopeRow,
  { put, remove, sums }: Change,
): Promise<void> {
  const sketch = sums.startSketch();
  const replaced = new Set([...put, ...remove].map(({ key }) => key));
  await eachDigest(dialect, session, scope.id, ({ key, digest }) => {
    if (!replaced.has(key)) sketch.add(fromHex(digest));
  });
  for (const { digest } of put) sketch.add(fromHex(digest));
}
