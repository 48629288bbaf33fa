import { type Collection, limits, toHex } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { SettleContext } from "./context.js";
import type { DigestRow } from "./dialect.js";
import { breathe } from "./pages.js";
import { readRows } from "./rows.js";
import type { ScopeRef } from "./scope.js";

/** Rows read at a time while an answer is put together. */
const readAtOnce = 250;
/** How many are read first, and how many times as many next: nothing tells how large rows are before they are read. */
const readFirst = 8;
/** Bytes of encodings to be read at a time. */
const readBytes = 1024 * 1024;

/** Row encodings for an answer, up to its size limit. */
export class RowBudget {
  readonly rows: Record<string, Uint8Array[]> = Object.create(null);
  #bytes = 0;
  #count = 0;

  /** Rows that may still be added, if they are small. */
  get room(): number {
    return limits.pageRows - this.#count;
  }

  /** False when the row has no place any more; the first row always has. */
  add(collection: string, encoding: Uint8Array): boolean {
    if (this.#count > 0 && (this.#count >= limits.pageRows || this.#bytes + encoding.length > limits.answerBytes))
      return false;
    this.#bytes += encoding.length;
    this.#count += 1;
    this.rows[collection] ??= [];
    this.rows[collection].push(encoding);
    return true;
  }
}

/** Reads these keys in slices, small ones when rows are large; `visit` gets each with its encoding, if it is in one of the granted scopes, and may stop. */
export async function eachRow<Stored extends { readonly key: string }>(
  { database }: SettleContext,
  source: CompiledCollection,
  granted: ReadonlySet<string>,
  digests: readonly Stored[],
  visit: (stored: Stored, encoding: Uint8Array | undefined) => boolean,
): Promise<boolean> {
  let most = readFirst;
  for (let at = 0; at < digests.length; ) {
    const slice = digests.slice(at, at + most);
    const { rows } = await readRows(database, source, [...new Set(slice.map(({ key }) => key))], source.encode);
    let bytes = 1;
    for (const { value } of rows.values()) bytes += value.length;
    for (const stored of slice) {
      const row = rows.get(stored.key);
      if (!visit(stored, row && granted.has(row.scope) ? row.value : undefined)) return false;
    }
    at += slice.length;
    most = Math.max(1, Math.min(readAtOnce, readFirst * slice.length, Math.floor((readBytes * slice.length) / bytes)));
    await breathe();
  }
  return true;
}

/** The scopes of one collection among a request's. */
export function scopesOf(collection: Collection, scopes: readonly ScopeRef[]): Set<string> {
  return new Set(scopes.filter((one) => one.collection === collection.name).map(({ scope }) => scope));
}

/** Whether a row is still what its stored digest says. */
export const matches = (
  source: CompiledCollection,
  stored: DigestRow,
  encoding: Uint8Array | undefined,
): encoding is Uint8Array => encoding !== undefined && toHex(source.digest(encoding)) === stored.digest;
