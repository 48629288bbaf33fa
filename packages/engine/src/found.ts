import { type Collection, limits, type RowsByCollection, toHex } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { SettleContext } from "./context.js";
import type { DigestRow } from "./dialect.js";
import { breathe } from "./pages.js";
import { type EncodedRow, readRows } from "./rows.js";
import type { ScopeRef } from "./scope.js";

/** Rows read at a time while an answer is put together. */
const readAtOnce = 250;

/** Row encodings for an answer, up to its size limit. */
export class RowBudget {
  readonly rows: Record<string, Uint8Array[]> = Object.create(null);
  #bytes = 0;
  #count = 0;

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

  get result(): RowsByCollection {
    return this.rows;
  }
}

/** Reads these keys in slices; `visit` gets each with its row, if it is in one of the granted scopes, and may stop. */
export async function eachRow(
  { database }: SettleContext,
  source: CompiledCollection,
  granted: ReadonlySet<string>,
  digests: readonly DigestRow[],
  visit: (stored: DigestRow, row: EncodedRow | undefined) => boolean,
): Promise<boolean> {
  for (let at = 0; at < digests.length; at += readAtOnce) {
    const slice = digests.slice(at, at + readAtOnce);
    const { rows } = await readRows(database, source, [...new Set(slice.map(({ key }) => key))]);
    for (const stored of slice) {
      const row = rows.get(stored.key);
      if (!visit(stored, row && granted.has(row.scope) ? row : undefined)) return false;
    }
    await breathe();
  }
  return true;
}

/** The scopes of one collection among a request's. */
export function scopesOf(collection: Collection, scopes: readonly ScopeRef[]): Set<string> {
  return new Set(scopes.filter((one) => one.collection === collection.name).map(({ scope }) => scope));
}

/** Whether a row is still what its stored digest says. */
export const matches = (stored: DigestRow, row: EncodedRow | undefined): row is EncodedRow =>
  row !== undefined && toHex(row.digest) === stored.digest;
