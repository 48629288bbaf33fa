import type { ErrorCode } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { KeyValues, Row, Session } from "./ports.js";

/** A row that is in the set, in the scope it is in now, and what was made of it. */
export interface PlacedRow<Value> {
  readonly scope: string;
  readonly value: Value;
}

export interface ReadResult<Value> {
  /** By key text; a key that is in neither map has no row (or one that the filter leaves out). */
  readonly rows: Map<string, PlacedRow<Value>>;
  /** Why a row could not be read or encoded, by key text. */
  readonly errors: Map<string, string>;
}

/** For who wants to know where rows are, and no more. */
export const onlyPlaced = (): void => {};

/**
 * Reads rows by key text and makes something of each: its encoding, its digest. One bad row does not spoil the others: a
 * read that fails because of a row is bisected down to the rows that fail on their own.
 *
 * @throws whatever the read throws, unless it says that a row is to blame (code `unencodable`).
 */
export async function readRows<Value>(
  session: Session,
  source: CompiledCollection,
  keys: readonly string[],
  make: (row: Row) => Value,
): Promise<ReadResult<Value>> {
  const result: ReadResult<Value> = { rows: new Map(), errors: new Map() };
  const parsed: ParsedKey[] = [];
  for (const text of keys) {
    try {
      parsed.push({ text, values: source.parseKey(text) });
    } catch (error) {
      result.errors.set(text, blame(error, "invalid-message"));
    }
  }
  await readInto(result, session, source, parsed, make);
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

async function readInto<Value>(
  result: ReadResult<Value>,
  session: Session,
  source: CompiledCollection,
  keys: readonly ParsedKey[],
  make: (row: Row) => Value,
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
    await readInto(result, session, source, keys.slice(0, middle), make);
    await readInto(result, session, source, keys.slice(middle), make);
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
      result.rows.set(key, { scope, value: make(row) });
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
