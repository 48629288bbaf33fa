import type { Dialect, DigestRow, ScopeId, ScopeSum } from "./dialect.js";
import { readDigests } from "./packed.js";
import type { Session } from "./ports.js";

/** Lets whatever else the process has to do have its turn: long scans run in slices. */
export const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Digests read at a time: a few milliseconds of work on a database that runs in this process. */
const pageRows = 2_000;

/**
 * Large scopes alone and small ones together, at most so many rows (unless one scope alone has more) in a group: a query
 * for each of hundreds of small scopes would cost more than what it brings.
 */
export function* groups(scopes: readonly ScopeSum[], most: number): Generator<readonly ScopeSum[]> {
  let group: ScopeSum[] = [];
  let rows = 0;
  for (const scope of scopes) {
    const count = Number(scope.count);
    if (group.length > 0 && rows + count > most) {
      yield group;
      group = [];
      rows = 0;
    }
    group.push(scope);
    rows += count;
  }
  if (group.length > 0) yield group;
}

/** Calls back for every stored digest of a scope, in key order. */
export async function eachDigest(
  dialect: Dialect,
  session: Session,
  scopeId: ScopeId,
  visit: (row: DigestRow) => void,
): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const page: DigestRow[] = await readDigests(session, dialect.digestPage([scopeId], after, pageRows));
    for (const row of page) visit(row);
    const last = page.at(-1);
    if (!last || page.length < pageRows) return;
    after = last.key;
    await breathe();
  }
}
