import { compareKeys, DigestSyncError } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import { ownCollections, type SettleContext } from "./context.js";
import type { ScopeRow, Wildcard } from "./dialect.js";
import { breathe } from "./pages.js";
import { plan as makePlan, type SettleResult } from "./plan.js";
import type { Database } from "./ports.js";
import { onlyPlaced, readRows } from "./rows.js";
import type { ScopeRef } from "./scope.js";

const nothing: SettleResult = { settled: 0, errors: 0, scopes: [], more: false };

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
    const plan = await makePlan(context, database, scopes);
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
  for (;;) {
    const result = await database.transaction(async (session) => {
      const locked = await session.query(dialect.lockScopes(scopes));
      if (locked.length < scopes.length) return null;
      const plan = await makePlan(context, session, scopes);
      if (plan.result.settled === 0) return nothing;
      for (const statement of plan.statements) await session.execute(statement);
      return plan.result;
    });
    if (result !== null) return result;
    await database.batch(dialect.ensureScopes(scopes));
  }
}

/** The scopes to settle, in the one order that every settler uses (by UTF-8 bytes): two of them never deadlock. */
async function choose(context: SettleContext, only?: readonly ScopeRef[]): Promise<ScopeRef[]> {
  const { database, dialect } = context;
  const statement = dialect.pendingScopes(ownCollections(context), dialect.batchRows, only);
  for (;;) {
    const scopes = await database.query<{ collection: string; scope: string | null }>(statement);
    if (!scopes.some(({ scope }) => scope === null)) {
      return (scopes as ScopeRef[]).sort(
        (a, b) => compareKeys(a.collection, b.collection) || compareKeys(a.scope, b.scope),
      );
    }
    const wildcards = await database.query<Wildcard>(dialect.wildcards(ownCollections(context), dialect.batchRows));
    if (wildcards.length > 0) await expand(context, wildcards);
  }
}

/** Puts changes in the scopes that they stand for: where a row's digest is stored, and where the row is now. */
async function expand({ database, dialect, collections }: SettleContext, wildcards: readonly Wildcard[]) {
  const keys = new Map<string, Set<string>>();
  for (const { collection, key } of wildcards)
    if (key !== null) keys.set(collection, (keys.get(collection) ?? new Set()).add(key));
  if (keys.size === 0) return database.batch(dialect.expandWildcards(wildcards));
  await database.transaction(async (session) => {
    for (const statement of dialect.expandWildcards(wildcards)) await session.execute(statement);
    for (const [collection, some] of keys) {
      const source = collections.get(collection) as CompiledCollection;
      const { rows } = await readRows(session, source, [...some], onlyPlaced);
      const places = [...rows].map(([key, { scope }]) => ({ collection, scope, key }));
      if (places.length > 0) await session.execute(dialect.append(places));
    }
  });
}

async function versionMoved({ database, dialect }: SettleContext, rows: readonly ScopeRow[]): Promise<boolean> {
  const now = await database.query<ScopeRow>(dialect.scopes(rows));
  const versions = new Map(now.map((row) => [String(row.id), String(row.version)]));
  return rows.some((row) => versions.get(String(row.id)) !== String(row.version));
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
    if (!result.more) return;
    if (settled >= budget.rows || performance.now() - started >= budget.ms) {
      throw new DigestSyncError("settling", "Many changes are waiting to be digested. Try again shortly.", {
        retryAfter: 1,
      });
    }
    await breathe();
  }
}
