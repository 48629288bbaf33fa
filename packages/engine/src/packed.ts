import { fromHex } from "@digest-sync/core";
import type { DigestRow, PendingRow, ScopeId, ScopeSum, SummaryRow } from "./dialect.js";
import type { Session, Statement } from "./ports.js";
import type { ScopeRef } from "./scope.js";

/**
 * Long lists of small rows come back as one JSON text: driver and ORM take microseconds for every single value, which
 * would cost more than the hashing. A statement of this kind yields rows with one column, `rows`: one where the
 * database's JSON functions have no limit, several where they have.
 */
async function readPacked<Tuple>(session: Session, statement: Statement): Promise<Tuple[]> {
  const parts = await session.query<{ rows: string | null }>(statement);
  return parts.flatMap(({ rows }) => (rows ? (JSON.parse(rows) as Tuple[]) : []));
}

/** Reads what `Dialect.pending` yields: [id, collection, scope, key]. */
export async function readPending(session: Session, statement: Statement): Promise<PendingRow[]> {
  const tuples = await readPacked<[string, string, string, string | null]>(session, statement);
  return tuples.map(([id, collection, scope, key]) => ({ id, collection, scope, key }));
}

/** Reads what `digests`, `digestPage` and `findElements` of a dialect yield: [scope id, key, digest]. */
export async function readDigests(session: Session, statement: Statement): Promise<DigestRow[]> {
  return (await readPacked<DigestTuple>(session, statement)).map(digestRow);
}

/** Reads what `Dialect.digestPage` yields of keys alone: [key]. */
export async function readKeys(session: Session, statement: Statement): Promise<{ key: string }[]> {
  return (await readPacked<[string]>(session, statement)).map(([key]) => ({ key }));
}

/** The head of a digest (its first 16 hexadecimal digits) as the signed 64-bit integer that the index holds. */
export const head = (digest: string) => BigInt.asIntN(64, BigInt(`0x${digest.slice(0, 16)}`)).toString();

export interface FilteredPage {
  readonly last: string | null;
  /** Digests that were looked at. */
  readonly count: number;
  readonly digests: DigestRow[];
}

/** Reads what `Dialect.filterPage` yields. */
export async function readFiltered(session: Session, statement: Statement): Promise<FilteredPage> {
  const [page] = await session.query<{ last: string | null; count: number | bigint; rows: string | null }>(statement);
  const tuples: DigestTuple[] = page?.rows ? JSON.parse(page.rows) : [];
  return { last: page?.last ?? null, count: Number(page?.count ?? 0), digests: tuples.map(digestRow) };
}

type DigestTuple = readonly [ScopeId, string, string];
const digestRow = ([scopeId, key, digest]: DigestTuple): DigestRow => ({ scopeId, key, digest });

/** Reads the scopes of what `Dialect.summary` yields: [id, collection, scope, version, count, state as hex]. */
export function scopeSums({ rows }: SummaryRow): ScopeSum[] {
  if (!rows) return [];
  const tuples: [ScopeId, string, string, string, number, string][] = JSON.parse(rows);
  return tuples.map(([id, collection, scope, version, count, state]) => {
    return { id, collection, scope, version, count, state: state === "" ? null : fromHex(state) };
  });
}

/** Reads what `Dialect.stamps` yields. */
export async function readStamps(session: Session, statement: Statement): Promise<(ScopeRef & { stamp: string })[]> {
  const tuples = await readPacked<[string, string, string]>(session, statement);
  return tuples.map(([collection, scope, stamp]) => ({ collection, scope, stamp }));
}
