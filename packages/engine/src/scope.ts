import { type Collection, DigestSyncError, limits, scopeText } from "@digest-sync/core";

export type ScopeValue = string | number | bigint;

/**
 * What a request may see, by scope path: `"chat.accountId"`, or by its last name, `accountId`, for every path that ends
 * so and is not named itself. Several values grant several scopes; null is granted only inside a list,
 * so that a resolver's missing value never becomes "the rows without an owner".
 *
 * @example
 * const one: Scope = { accountId: "a1" };
 * const several: Scope = { accountId: "a1", projectId: ["p1", "p2", null] };
 */
export type Scope = Readonly<Record<string, ScopeValue | readonly (ScopeValue | null)[]>>;

/** One scope of one collection, by the text that the triggers write. */
export interface ScopeRef {
  readonly collection: string;
  readonly scope: string;
}

function granted(collection: string, path: string, scope: Scope): (ScopeValue | null)[] {
  const last = path.slice(path.lastIndexOf(".") + 1);
  const name = [path, last].find((candidate) => Object.hasOwn(scope, candidate));
  const value: unknown = name === undefined ? undefined : scope[name];
  const values: unknown[] = Array.isArray(value) ? value : value === null ? [undefined] : [value];
  for (const one of values) {
    const valid =
      typeof one === "string" ||
      typeof one === "bigint" ||
      Number.isSafeInteger(one) ||
      (one === null && value !== null);
    if (!valid) {
      throw new DigestSyncError(
        "scope-missing",
        `Collection ${collection} is scoped by "${path}" and the scope resolver gave no usable value for ` +
          `${last === path ? "it" : `"${path}" or "${last}"`}. ` +
          "Return a string, an integer or a list of them; an empty list grants nothing.",
        { collection, field: path },
      );
    }
  }
  return values as (ScopeValue | null)[];
}

/**
 * The scopes that these collections have under a grant: the product of the granted values, without duplicates.
 *
 * @throws DigestSyncError `scope-missing` when a collection is scoped by a path the grant does not mention,
 * `too-large` beyond `limits.scopes`.
 */
export function resolveScopes(collections: readonly Collection[], scope: Scope): ScopeRef[] {
  const refs: ScopeRef[] = [];
  for (const collection of collections) {
    let tuples: (ScopeValue | null)[][] = [[]];
    for (const path of collection.scope) {
      const values = granted(collection.name, path, scope);
      if (tuples.length * values.length + refs.length > limits.scopes * 4) throw tooMany();
      tuples = tuples.flatMap((tuple) => values.map((value) => [...tuple, value]));
    }
    for (const text of new Set(tuples.map((tuple) => scopeText(tuple))))
      refs.push({ collection: collection.name, scope: text });
  }
  if (refs.length > limits.scopes) throw tooMany();
  return refs;
}

function tooMany(): DigestSyncError {
  return new DigestSyncError(
    "too-large",
    `The scope resolver granted more than ${limits.scopes} scopes to one request.`,
  );
}
