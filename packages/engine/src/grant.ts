import type { Collection } from "@digest-sync/core";
import type { SettleContext } from "./context.js";
import { resolveScopes, type Scope, type ScopeRef } from "./scope.js";

/** A scope that nobody has: escaping cannot produce this text. */
const nobody = "~~";

/**
 * The scopes that a request is granted. A refusal reads what an empty scope would have read, so that the time it takes
 * does not tell the two apart.
 *
 * @throws as resolveScopes does
 */
export async function grantedScopes(
  { database, dialect }: SettleContext,
  collections: readonly Collection[],
  scope: Scope,
): Promise<ScopeRef[]> {
  try {
    return resolveScopes(collections, scope);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "scope-missing") throw error;
    const empty = collections.map(({ name }) => ({ collection: name, scope: nobody }));
    // Whether the database answers is not what the caller asked.
    await database.query(dialect.summary(empty, [])).catch(() => {});
    throw error;
  }
}
