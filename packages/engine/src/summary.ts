import { type Collection, DigestSyncError, limits, RootState } from "@digest-sync/core";
import type { SettleContext } from "./context.js";
import type { ScopeSum, SummaryRow } from "./dialect.js";
import { check } from "./install.js";
import { metaName, readyValue } from "./meta.js";
import type { SettleResult } from "./plan.js";
import type { ScopeRef } from "./scope.js";
import { settleScopes } from "./settle.js";

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
  const read = () => database.query<SummaryRow>(dialect.summary(scopes, metas));
  let rows: SummaryRow[];
  try {
    rows = await read();
    if (Number(rows[0]?.ready) === metas.length && Number(rows[0]?.pending) > 0) {
      await settleScopes(context, scopes, { rows: limits.settleRows, ms: limits.settleMs }, onSettled);
      rows = await read();
    }
  } catch (error) {
    throw (await whyNot(context)) ?? error;
  }
  if (Number(rows[0]?.ready) !== metas.length) {
    throw (
      (await whyNot(context)) ??
      new DigestSyncError("settling", "The digests are being brought up to date.", { retryAfter: 2 })
    );
  }
  const existing = rows.filter((row): row is SummaryRow & ScopeSum => row.id !== null);
  return { ...addUp(existing), scopes: existing, incomplete: Number(rows[0]?.errors ?? 0) };
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
