import type { DigestSyncError, RowsByCollection } from "@digest-sync/core";
import { badAnswer } from "./bad-answer.js";
import { breathe } from "./breathe.js";
import type { StoredRow } from "./store.js";
import type { View } from "./view.js";

/**
 * Turns rows off the wire into rows to store: hashes the bytes as they came, decodes them strictly, takes the key from
 * the row itself. One row that fails refuses the whole answer, so nothing unchecked is ever applied.
 */
export async function receiveRows(rows: RowsByCollection, view: View): Promise<StoredRow[]> {
  const received: StoredRow[] = [];
  for (const name of Object.keys(rows)) {
    const collection = view.isActive(name) ? view.collection(name) : undefined;
    if (collection === undefined) {
      throw badAnswer(`the server sent rows of ${name}, which was not asked for`, { collection: name });
    }
    const keys = new Set<string>();
    for (const bytes of rows[name]!) {
      if (received.length % 32 === 0) await breathe();
      let key: string;
      try {
        key = view.key(collection, view.decode(collection, bytes));
      } catch (cause) {
        const { message } = cause as DigestSyncError;
        throw badAnswer(`the server sent a row of ${name} that cannot be read: ${message}`, {
          collection: name,
          cause,
        });
      }
      if (keys.has(key)) {
        throw badAnswer(`the server sent two rows of ${name} with one key`, { collection: name, key });
      }
      keys.add(key);
      received.push({ collection: name, key, digest: view.digest(name, bytes), encoding: bytes });
    }
  }
  return received;
}
