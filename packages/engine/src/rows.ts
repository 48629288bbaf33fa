import type { CompiledCollection } from "./collections.js";
import type { Session } from "./ports.js";

/** A row that is in the set, in the scope it is in now. */
export interface EncodedRow {
  readonly scope: string;
  readonly encoding: Uint8Array;
  readonly digest: Uint8Array;
}

export interface ReadResult {
  /** By key text; a key that is in neither map has no row (or one that the filter leaves out). */
  readonly rows: Map<string, EncodedRow>;
  /** Why a row could not be read or encoded, by key text. */
  readonly errors: Map<string, string>;
}

const message = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split("\n").at(-1) ?? "unknown error";

/**
 * Reads rows by key text and encodes them. One bad row does not spoil the others: a failing read is bisected down to
 * the keys that fail on their own.
 *
 * @throws the database's own error when it cannot be reached at all.
 */
export async function readRows(
  session: Session,
  source: CompiledCollection,
  keys: readonly string[],
): Promise<ReadResult> {
  const result: ReadResult = { rows: new Map(), errors: new Map() };
  await readInto(result, session, source, keys);
  return result;
}

async function readInto(
  result: ReadResult,
  session: Session,
  source: CompiledCollection,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  const wanted = new Set(keys);
  let rows: Awaited<ReturnType<Session["read"]>>;
  try {
    const values = keys.map((key) => source.parseKey(key));
    rows = await session.read(source.collection.name, values);
  } catch (error) {
    if (keys.length > 1) {
      const middle = keys.length >> 1;
      await readInto(result, session, source, keys.slice(0, middle));
      await readInto(result, session, source, keys.slice(middle));
      return;
    }
    // One key alone fails: either its row is bad, or the database is gone. Only the first is the row's fault.
    await session.query({ sql: "SELECT 1", parameters: [] });
    result.errors.set(keys[0] as string, message(error));
    return;
  }
  for (const row of rows) {
    const key = source.key(row);
    // Under a case-insensitive collation the database also returns keys that only look alike.
    if (!wanted.has(key) || !source.includes(row)) continue;
    try {
      const encoding = source.encode(row);
      result.rows.set(key, { scope: source.scope(row), encoding, digest: source.digest(encoding) });
    } catch (error) {
      result.errors.set(key, message(error));
    }
  }
}
