import type { Page, Position, PullAnswer, PullRequest } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import { eachRow, RowBudget, scopesOf } from "./found.js";
import { grantedScopes } from "./grant.js";
import { negotiate } from "./negotiate.js";
import { readKeys } from "./packed.js";
import type { Scope, ScopeRef } from "./scope.js";
import { type Summary, summarize } from "./summary.js";
import { grantName } from "./turns.js";
import type { VerifyContext } from "./verify.js";

/**
 * The next page of everything a client may hold, in the order of collection and key. A page is complete for its
 * range: a key in it that the page does not have is not in the set. Rows are sent as they are now; what is written
 * while a client pages is found by the verification that follows.
 */
export async function pull(context: VerifyContext, request: PullRequest, scope: Scope): Promise<PullAnswer> {
  const agreed = negotiate(context, request);
  if ("type" in agreed) return agreed;
  const scopes = await grantedScopes(context, agreed.collections, scope);
  const summary = await summarize(context, agreed.collections, scopes, context.onSettled);
  // Collection names are ASCII, so code units order them as their UTF-8 bytes do.
  const names = agreed.collections.map(({ name }) => name).sort();
  return context.turns.take(grantName(scopes), () => page(context, names, scopes, request.after, summary));
}

async function page(
  context: VerifyContext,
  names: readonly string[],
  scopes: readonly ScopeRef[],
  after: Position | undefined,
  { count, scopes: scopeRows }: Summary,
): Promise<Page> {
  const { database, dialect } = context;
  const budget = new RowBudget();
  for (const name of names.filter((one) => after === undefined || one >= after.collection)) {
    const source = context.collections.get(name) as CompiledCollection;
    const ids = scopeRows.filter((row) => row.collection === name && Number(row.count) > 0).map(({ id }) => id);
    const granted = scopesOf(source.collection, scopes);
    let position: string | null = name === after?.collection ? (after.key ?? null) : null;
    while (ids.length > 0) {
      // One more than the page has room for: it shows whether there is a next page.
      const most = budget.room + 1;
      const keys = await readKeys(database, dialect.digestPage(ids, position, most, true));
      const complete = await eachRow(context, source, granted, keys, (stored, encoding) => {
        if (encoding && !budget.add(name, encoding)) return false;
        position = stored.key;
        return true;
      });
      if (!complete) {
        const next: Position = position === null ? { collection: name } : { collection: name, key: position };
        return { type: "page", rows: budget.rows, next, count };
      }
      if (keys.length < most) break;
    }
  }
  return { type: "page", rows: budget.rows, count };
}
