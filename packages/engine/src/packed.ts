import type { DigestRow, PendingRow, ScopeId } from "./dialect.js";
import type { Session, Statement } from "./ports.js";

/**
 * Long lists of small rows come back as one JSON text: driver and ORM take microseconds for every single value, which
 * would cost more than the hashing. A statement of this kind yields one row with one column, `rows`.
 */
async function readPacked<Tuple>(session: Session, statement: Statement): Promise<Tuple[]> {
  const [row] = await session.query<{ rows: string | null }>(statement);
  return row?.rows ? (JSON.parse(row.rows) as Tuple[]) : [];
}

/** Reads what `Dialect.pending` yields: [id, collection, scope, key]. */
export async function readPending(session: Session, statement: Statement): Promise<PendingRow[]> {
  const tuples = await readPacked<[string, string, string, string]>(session, statement);
  return tuples.map(([id, collection, scope, key]) => ({ id, collection, scope, key }));
}

/** Reads what `digests`, `digestPage` and `findElements` of a dialect yield: [scope id, key, digest]. */
export async function readDigests(session: Session, statement: Statement): Promise<DigestRow[]> {
  const tuples = await readPacked<[ScopeId, string, string]>(session, statement);
  return tuples.map(([scopeId, key, digest]) => ({ scopeId, key, digest }));
}
