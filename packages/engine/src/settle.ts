import { DigestSyncError, fromHex, toHex } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { Dialect, DigestPlace, DigestRow, ScopeRow } from "./dialect.js";
import { readDigests, readPending } from "./packed.js";
import { breathe, eachDigest } from "./pages.js";
import type { Database, Session, Statement } from "./ports.js";
import { type ReadResult, readRows } from "./rows.js";
import type { ScopeRef } from "./scope.js";
import { Sums } from "./sums.js";

export interface SettleContext {
  readonly database: Database;
  readonly dialect: Dialect;
  readonly collections: ReadonlyMap<string, CompiledCollection>;
  /** Of the whole manifest, 8 bytes. */
  readonly fingerprint: Uint8Array;
}

export interface SettleResult {
  /** Pending changes processed. */
  readonly settled: number;
  /** Rows that could not be encoded. */
  readonly errors: number;
  /** Scopes whose digests changed. */
  readonly scopes: readonly ScopeRef[];
}

const nothing: SettleResult = { settled: 0, errors: 0, scopes: [] };

/** Attempts before the optimistic way gives up and takes the lock first. */
const optimisticAttempts = 3;

const turns = new WeakMap<Database, Promise<unknown>>();

/** Settlers of one process would only make each other's optimistic batches fail: they take turns. */
function inTurn<T>({ database }: SettleContext, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(database) ?? Promise.resolve()).then(work, work);
  turns.set(database, turn);
  return turn;
}

/**
 * Settles one batch: of the given scopes (all in one transaction), or of the oldest pending changes.
 *
 * On a database with row locks the scope rows are locked first, then the queue is read, then the rows, so that the
 * rows are at least as new as every pending change that is deleted. SQLite has one lock for everything: there the
 * same order runs without a lock, and the one write transaction at the end fails if a scope's version has moved.
 */
export function settleBatch(context: SettleContext, only?: readonly ScopeRef[]): Promise<SettleResult> {
  return context.dialect.optimistic
    ? inTurn(context, () => settleOptimistically(context, only))
    : settleLocked(context, only);
}

async function settleOptimistically(context: SettleContext, only?: readonly ScopeRef[]): Promise<SettleResult> {
  const { database } = context;
  for (let attempt = 1; attempt <= optimisticAttempts; attempt++) {
    const scopes = await choose(context, only);
    if (scopes.length === 0) return nothing;
    const plan = await prepare(context, database, scopes);
    if (plan.result.settled === 0) return nothing;
    try {
      await database.batch(plan.statements);
      return plan.result;
    } catch (error) {
      if (!(await versionMoved(context, plan.rows))) throw error;
    }
  }
  return settleLocked(context, only);
}

async function settleLocked(context: SettleContext, only?: readonly ScopeRef[]): Promise<SettleResult> {
  const { database, dialect } = context;
  const scopes = await choose(context, only);
  if (scopes.length === 0) return nothing;
  return database.transaction(async (session) => {
    await session.execute(dialect.ensureScopes(scopes));
    const plan = await prepare(context, session, scopes);
    if (plan.result.settled === 0) return nothing;
    for (const statement of plan.statements) await session.execute(statement);
    return plan.result;
  });
}

/** The scopes to settle, in the one order that every settler uses (by code unit): two of them never deadlock. */
async function choose(context: SettleContext, only?: readonly ScopeRef[]): Promise<ScopeRef[]> {
  const { database, dialect } = context;
  const scopes = only ?? (await database.query<ScopeRef>(dialect.oldestScopes(own(context), dialect.batchRows)));
  return [...scopes].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

const own = ({ collections }: SettleContext) =>
  [...collections].map(([name, { fingerprint }]) => ({ name, fingerprint }));

const order = ({ collection, scope }: ScopeRef) => `${collection}\u0000${scope}`;

async function versionMoved({ database, dialect }: SettleContext, rows: readonly ScopeRow[]): Promise<boolean> {
  const now = await database.query<ScopeRow>(dialect.scopes(rows));
  const versions = new Map(now.map((row) => [String(row.id), String(row.version)]));
  return rows.some((row) => versions.get(String(row.id)) !== String(row.version));
}

interface Plan {
  readonly result: SettleResult;
  readonly rows: readonly ScopeRow[];
  readonly statements: Statement[];
}

/** Reads versions, then the queue, then the rows, then the old digests, and works out what to write. */
async function prepare(context: SettleContext, session: Session, scopes: readonly ScopeRef[]): Promise<Plan> {
  const { dialect, collections } = context;
  let scopeRows = await session.query<ScopeRow>(dialect.scopes(scopes));
  if (scopeRows.length < scopes.length) {
    await session.execute(dialect.ensureScopes(scopes));
    scopeRows = await session.query<ScopeRow>(dialect.scopes(scopes));
  }
  // After the versions: a process that takes a collection over moves them in the same transaction.
  const pending = await readPending(session, dialect.pending(own(context), scopes, dialect.batchRows));

  const keysByCollection = new Map<string, Set<string>>();
  const keysByScope = new Map<string, Set<string>>();
  for (const { collection, scope, key } of pending) {
    addTo(keysByCollection, collection, key);
    addTo(keysByScope, order({ collection, scope }), key);
  }
  const read = new Map<string, ReadResult>();
  for (const [name, keys] of keysByCollection) {
    read.set(name, await readRows(session, collections.get(name) as CompiledCollection, [...keys]));
    await breathe();
  }
  const works = scopeRows
    .map((scope) => ({
      scope,
      keys: [...(keysByScope.get(order(scope)) ?? [])],
      read: read.get(scope.collection) as ReadResult,
    }))
    .filter(({ keys }) => keys.length > 0);
  const places = works.flatMap(({ scope, keys }) => keys.map((key) => ({ scopeId: scope.id, key })));
  const stored = new Map(
    (await readDigests(session, dialect.digests(places))).map((row) => [placeName(row), row.digest] as const),
  );

  const put: DigestRow[] = [];
  const remove: DigestPlace[] = [];
  const advances: Statement[] = [];
  const changed: ScopeRef[] = [];
  const errors: (ScopeRef & { key: string; message: string })[] = [];
  const clean: (ScopeRef & { key: string })[] = [];
  for (const { scope, keys, read } of works) {
    const change = difference(scope, keys, read, stored);
    if (change.sums.needsSketch) await buildSketch(dialect, session, scope, change);
    advances.push(dialect.advance(change.sums.update(scope)));
    put.push(...change.put);
    remove.push(...change.remove);
    if (change.put.length + change.remove.length > 0)
      changed.push({ collection: scope.collection, scope: scope.scope });
    for (const key of keys) {
      const message = read.errors.get(key);
      const place = { collection: scope.collection, scope: scope.scope, key };
      if (message === undefined) clean.push(place);
      else errors.push({ ...place, message });
    }
  }

  // The version checks come first: a batch that lost the race fails before it has written anything.
  const statements = [...advances];
  if (remove.length > 0) statements.push(dialect.deleteDigests(remove));
  if (put.length > 0) statements.push(dialect.putDigests(put));
  if (clean.length > 0) statements.push(dialect.deleteErrors(clean));
  if (errors.length > 0) statements.push(dialect.putErrors(errors));
  statements.push(dialect.deletePending(pending.map(({ id }) => id)));
  return {
    rows: works.map(({ scope }) => scope),
    statements,
    result: { settled: pending.length, errors: errors.length, scopes: changed },
  };
}

function addTo(sets: Map<string, Set<string>>, name: string, value: string): void {
  const set = sets.get(name);
  if (set) set.add(value);
  else sets.set(name, new Set([value]));
}

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
  read: ReadResult,
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
    const present = row?.scope === scope.scope ? row.digest : undefined;
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

/**
 * Settles these scopes until nothing of theirs is pending, within a budget.
 *
 * @throws DigestSyncError `settling` when the budget (rows, milliseconds) runs out first.
 */
export async function settleScopes(
  context: SettleContext,
  scopes: readonly ScopeRef[],
  budget: { rows: number; ms: number },
  onSettled: (result: SettleResult) => void,
): Promise<void> {
  const started = performance.now();
  let settled = 0;
  for (;;) {
    const result = await settleBatch(context, scopes);
    if (result.settled === 0) return;
    onSettled(result);
    settled += result.settled;
    // A batch that was not full has emptied the queue for these scopes.
    if (result.settled < context.dialect.batchRows) return;
    if (settled >= budget.rows || performance.now() - started >= budget.ms) {
      throw new DigestSyncError("settling", "Many changes are waiting to be digested. Try again shortly.", {
        retryAfter: 1,
      });
    }
    await breathe();
  }
}
