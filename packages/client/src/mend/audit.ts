import type { DigestSyncError, Sketch } from "@digest-sync/core";
import type { Kit } from "../later.js";
import type { LocalSet } from "../local-set.js";
import type { Sum } from "../state.js";
import type { HeldDigest, RowAddress, StoredRow } from "../store.js";
import type { View } from "../view.js";

/** What an audit found. Rows it names are gone from the local set, and the next sync brings them back. */
export interface AuditResult {
  /** Rows that were checked, of frozen collections too. */
  readonly rows: number;
  /**
   * Rows whose bytes did not hash to their digest, could not be decoded, or lay under another row's key; and rows that
   * somebody else put there.
   */
  readonly corrupted: readonly RowAddress[];
  /** Whether the sums that the root is made of, or the sketch, contradicted the rows. */
  readonly sumsRepaired: boolean;
}

const ATTEMPTS = 3;

/** Rehashes every row of the store, drops what is wrong, and adds the sums up again from what is right. */
export async function audit(kit: Kit, set: LocalSet): Promise<AuditResult> {
  const { RootState, Sketch, breathe, equalBytes, everyPage } = kit;
  const isIntact = (row: StoredRow, view: View): boolean => {
    const collection = view.collection(row.collection);
    try {
      if (!equalBytes(view.digest(row.collection, row.encoding), row.digest)) return false;
      // A collection that neither the app nor the server knows any longer: its digests are all there is to check.
      return (
        collection === undefined || view.key(collection, view.decodeHeld(row.collection, row.encoding)) === row.key
      );
    } catch (error) {
      const { code } = error as DigestSyncError;
      if (code === "malformed" || code === "unencodable") return false;
      throw error;
    }
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const sums = new Map<string, Sum>();
    const corrupted: HeldDigest[] = [];
    const strays: RowAddress[] = [];
    const sketch = Sketch.of(kit.KEPT_CELLS);
    let rows = 0;
    for (const name of new Set([...set.app.held.keys(), ...set.state.sums.keys()])) {
      const key = set.state.sums.get(name)?.key ?? set.view.collection(name)?.key ?? [];
      const root = new RootState();
      for await (const page of everyPage(set.store.scan, name)) {
        rows += page.length;
        for (const row of page) {
          if (set.view.isActive(name)) sketch.add(row.digest);
          await breathe();
          if (isIntact(row, set.view)) root.add(row.digest);
          else corrupted.push({ collection: name, key: row.key, digest: row.digest });
        }
      }
      if (root.count > 0) sums.set(name, { root, key });
      for (const stray of (await set.store.strays?.(name)) ?? []) strays.push(stray);
    }
    const sumsRepaired =
      set.damaged ||
      contradicts(kit, set, sketch) ||
      !sameSums(kit, set.sumsAfter({ removed: corrupted, added: [] }), sums);
    const deletes = [...corrupted.map(({ collection, key }) => ({ collection, key })), ...strays];
    const found = { rows: rows + strays.length, corrupted: deletes, sumsRepaired };
    if (deletes.length === 0 && !sumsRepaired) return found;
    // Also the sketch that is kept may come from digests that were wrong: a commit with sums drops it.
    const change = { removed: corrupted, added: [], deletes };
    if (await set.commit(change, { sums, serverRoot: undefined })) {
      set.damaged = false;
      return found;
    }
  }
  throw new kit.DigestSyncError(
    "store",
    "the audit found no quiet moment: another client of this store keeps changing it",
  );
}

/** Whether the sketch that is kept is another than this one. */
function contradicts({ equalBytes }: Kit, { kept }: LocalSet, sketch: Sketch): boolean {
  return kept?.window === 0 && !equalBytes(kept.sketch.prefix(sketch.cells).toStored(), sketch.toStored());
}

function sameSums({ equalBytes }: Kit, a: ReadonlyMap<string, Sum>, b: ReadonlyMap<string, Sum>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, { root }] of a) {
    const other = b.get(name);
    if (other === undefined || !equalBytes(root.root(), other.root.root())) return false;
  }
  return true;
}
