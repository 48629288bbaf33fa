import type { Dialect, DigestRow, ScopeId } from "./dialect.js";
import { readDigests } from "./packed.js";
import type { Session } from "./ports.js";

/** Lets whatever else the process has to do have its turn: long scans run in slices. */
export const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Digests read at a time: a few milliseconds of work on a database that runs in this process. */
const pageRows = 2_000;

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
