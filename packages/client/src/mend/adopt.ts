import type { Connection } from "../connection.js";
import type { Kit } from "../later.js";
import type { LocalSet } from "../local-set.js";
import type { ServerManifest, Sum } from "../state.js";
import type { HeldDigest, StoredRow } from "../store.js";
import { checkManifest } from "./manifest.js";

/** Fetches the server's manifest and sees the collections by it from now on. Returns whether it is another. */
export async function adoptServerManifest(kit: Kit, set: LocalSet, connection: Connection): Promise<boolean> {
  const { DigestSyncError, algorithm, equalBytes } = kit;
  const { fingerprint, ...manifest } = await connection.manifest((message) => checkManifest(kit, message));
  if (equalBytes(fingerprint, set.view.fingerprint)) return false;
  if (equalBytes(fingerprint, set.app.fingerprint)) {
    await adopt(kit, set, undefined);
    return true;
  }
  const collections = manifest.collections.filter(({ name }) => set.app.held.has(name));
  if (collections.length === 0) {
    const held = [...set.app.held.keys()].join(", ");
    throw new DigestSyncError(
      "unknown-collection",
      `the server has none of the collections of this app (${held}); check the url, or generate the manifest again`,
    );
  }
  algorithm(manifest.algorithm);
  await adopt(kit, set, { fingerprint, manifest: { ...manifest, collections } });
  return true;
}

/**
 * Sees the collections by the server's manifest, or by the app's own again (undefined). Under another algorithm all
 * bytes held are hashed anew; rows of a collection whose key is made of other fields go, for their addresses are wrong.
 * One atomic change; when another client of the store was first, the next round finds out whether it is still needed.
 */
export async function adopt(kit: Kit, set: LocalSet, server: ServerManifest | undefined): Promise<void> {
  const view = new kit.View(set.app, server);
  const rehash = view.algorithm !== set.state.algorithm;
  const sums = new Map<string, Sum>();
  const misplaced: HeldDigest[] = [];
  const rehashed: StoredRow[] = [];
  for (const [name, sum] of set.state.sums) {
    const isMisplaced = (view.collection(name)?.key ?? sum.key).join() !== sum.key.join();
    if (!isMisplaced && !rehash) {
      sums.set(name, sum);
      continue;
    }
    const root = new kit.RootState();
    for await (const page of kit.everyPage(set.store.scan, name)) {
      for (const row of page) {
        if (isMisplaced) {
          misplaced.push(row);
          continue;
        }
        const digest = view.digest(name, row.encoding);
        rehashed.push({ ...row, digest });
        root.add(digest);
      }
    }
    if (root.count > 0) sums.set(name, { root, key: sum.key });
  }
  const next = { server, algorithm: view.algorithm, sums, pull: undefined, serverRoot: undefined };
  await set.commit({ removed: misplaced, added: rehashed, deletes: misplaced }, next, {
    removed: misplaced,
    added: [],
    deletes: misplaced,
  });
}
