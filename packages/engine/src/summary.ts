import { type Collection, DigestSyncError, limits, RootState } from "@digest-sync/core";
import type { SettleContext } from "./context.js";
import type { ScopeSum, SummaryRow } from "./dialect.js";
import { check } from "./install.js";
import { metaName, readyValue } from "./meta.js";
import { scopeSums } from "./packed.js";
import { breathe } from "./pages.js";
import type { SettleResult } from "./plan.js";
import type { ScopeRef } from "./scope.js";
import { settleScopes } from "./settle.js";

const manyScopes = 100;

/** What a set of scopes adds up to, with nothing of theirs pending. */
export interface Summary {
  /** The scopes there are. */
  readonly scopes: readonly ScopeSum[];
  readonly count: number;
  readonly root: Uint8Array;
  /** Rows left out because they could not be encoded. */
  readonly incomplete: number;
}

/**
 * Adds up scopes, after settling what is pending in them. When nothing is, this is one small indexed read, whatever
 * the number of rows.
 *
 * @throws DigestSyncError `settling` when too much is pending, `not-installed` when the digests cannot be trusted.
 */
export async function summarize(
  context: SettleContext,
  collections: readonly Collection[],
  scopes: readonly ScopeRef[],
  onSettled: (result: SettleResult) => void,
): Promise<Summary> {
  const { database, dialect } = context;
  const metas = collections.map(({ name }) => {
    const fingerprint = context.collections.get(name)?.fingerprint ?? "";
    return [metaName(name), readyValue(fingerprint)] as const;
  });
  const read = async () => (await database.query<SummaryRow>(dialect.summary(scopes, metas)))[0];
  let row: SummaryRow | undefined;
  try {
    row = await read();
    if (Number(row?.ready) === metas.length && Number(row?.pending) > 0) {
      await settleScopes(context, scopes, { rows: limits.settleRows, ms: limits.settleMs }, onSettled);
      row = await read();
    }
  } catch (error) {
    throw (await whyNot(context)) ?? error;
  }
  if (!row || Number(row.ready) !== metas.length) {
    throw (
      (await whyNot(context)) ??
      new DigestSyncError("settling", "The digests are being brought up to date.", { retryAfter: 2 })
    );
  }
  // A thousand scopes take milliseconds to read, to unpack and to add up: not in one stretch.
  if (scopes.length > manyScopes) await breathe();
  const existing = scopeSums(row);
  if (scopes.length > manyScopes) await breathe();
  return { ...addUp(existing), scopes: existing, incomplete: Number(row.errors) };
}

/** Count and root of scopes together: multiset hashes are linear. */
export function addUp(rows: readonly Pick<ScopeSum, "count" | "state">[]): { count: number; root: Uint8Array } {
  const sum = new RootState();
  for (const { count, state } of rows) if (state) sum.merge(RootState.fromBytes(Number(count), state));
  return { count: sum.count, root: sum.root() };
}

/** The cause of a summary that failed, if it is the installation. */
async function whyNot(context: SettleContext): Promise<DigestSyncError | undefined> {
  const { ok, superseded, problems } = await check(context).catch(() => ({
    ok: true,
    superseded: false,
    problems: [],
  }));
  if (superseded) {
    const message = "A later version of this app has taken over the digests; another process will answer.";
    return new DigestSyncError("settling", message, { retryAfter: 5 });
  }
  return ok ? undefined : new DigestSyncError("not-installed", problems.join("\n"));
}
