import type { ErrorCode } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { KeyValues, Row, Session } from "./ports.js";

/** A row that is in the set, in the scope it is in now. */
export interface EncodedRow {
  readonly scope: string;
  readonly encoding: Uint8Array;
  /** Hashed when it is asked for: rows that are sent as they are need none. */
  readonly digest: () => Uint8Array;
}

export interface ReadResult {
  /** By key text; a key that is in neither map has no row (or one that the filter leaves out). */
  readonly rows: Map<string, EncodedRow>;
  /** Why a row could not be read or encoded, by key text. */
  readonly errors: Map<string, string>;
}

/**
 * Reads rows by key text and encodes them. One bad row does not spoil the others: a read that fails because of a row
 * is bisected down to the rows that fail on their own.
 *
 * @throws whatever the read throws, unless it says that a row is to blame (code `unencodable`).
 */
export async function readRows(
  session: Session,
  source: CompiledCollection,
  keys: readonly string[],
): Promise<ReadResult> {
  const result: ReadResult = { rows: new Map(), errors: new Map() };
  const parsed: ParsedKey[] = [];
  for (const text of keys) {
    try {
      parsed.push({ text, values: source.parseKey(text) });
    } catch (error) {
      result.errors.set(text, blame(error, "invalid-message"));
    }
  }
  await readInto(result, session, source, parsed);
  return result;
}

interface ParsedKey {
  readonly text: string;
  readonly values: KeyValues;
}

/** The message of an error that a row is to blame for; others go on their way: an outage must not empty the set. */
function blame(error: unknown, code: ErrorCode): string {
  if ((error as { code?: unknown } | null)?.code !== code) throw error;
  return (error as Error).message;
}

async function readInto(
  result: ReadResult,
  session: Session,
  source: CompiledCollection,
  keys: readonly ParsedKey[],
): Promise<void> {
  const [first] = keys;
  if (first === undefined) return;
  let rows: Row[];
  try {
    rows = await session.read(
      source.collection.name,
      keys.map(({ values }) => values),
    );
  } catch (error) {
    const message = blame(error, "unencodable");
    if (keys.length === 1) {
      result.errors.set(first.text, message);
      return;
    }
    const middle = keys.length >> 1;
    await readInto(result, session, source, keys.slice(0, middle));
    await readInto(result, session, source, keys.slice(middle));
    return;
  }
  const wanted = new Set(keys.map(({ text }) => text));
  const scopes = await scopesOf(session, source, keys);
  for (const row of rows) {
    const key = source.key(row);
    // Under a case-insensitive collation the database also returns keys that only look alike.
    if (!wanted.has(key) || !source.includes(row)) continue;
    const scope = scopes ? scopes.get(key) : source.scope(row);
    // Deleted since it was read, which has left a pending change.
    if (scope === undefined) continue;
    try {
      const encoding = source.encode(row);
      result.rows.set(key, { scope, encoding, digest: () => source.digest(encoding) });
    } catch (error) {
      result.errors.set(key, blame(error, "unencodable"));
    }
  }
}

/** Scope by key, where a row does not tell its scope itself. */
async function scopesOf(
  session: Session,
  { placesAt }: CompiledCollection,
  keys: readonly ParsedKey[],
): Promise<ReadonlyMap<string, string> | undefined> {
  if (placesAt === undefined) return undefined;
  const places = await session.query<{ key: string; scope: string }>(placesAt(keys.map(({ values }) => values)));
  return new Map(places.map(({ key, scope }) => [key, scope]));
}
