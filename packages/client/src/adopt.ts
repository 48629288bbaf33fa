import { algorithm, DigestSyncError, equalBytes, RootState } from "@digest-sync/core";
import { audit } from "./audit.js";
import type { Connection } from "./connection.js";
import type { LocalSet } from "./local-set.js";
import type { ServerManifest, Sum } from "./state.js";
import { everyPage, type HeldDigest, type StoredRow } from "./store.js";
import { View } from "./view.js";

/** Before anything else of a run: take over what the store holds, and mend what does not fit this app. */
export async function open(set: LocalSet): Promise<void> {
  await set.refresh();
  requireAlgorithm(set.view.algorithm);
  if (set.damaged || (await set.hasStrayRows())) await audit(set);
  // The app was updated since and brings another manifest; whether the server's is yet another, the server will say.
  if (!equalBytes(set.state.app, set.app.fingerprint)) await adopt(set, undefined);
}

/** Fetches the server's manifest and sees the collections by it from now on. Returns whether it is another. */
export async function adoptServerManifest(set: LocalSet, connection: Connection): Promise<boolean> {
  const { fingerprint, ...manifest } = await connection.manifest();
  if (equalBytes(fingerprint, set.view.fingerprint)) return false;
  if (equalBytes(fingerprint, set.app.fingerprint)) {
    await adopt(set, undefined);
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
  requireAlgorithm(manifest.algorithm);
  await adopt(set, { fingerprint, manifest: { ...manifest, collections } });
  return true;
}

function requireAlgorithm(name: string): void {
  try {
    algorithm(name);
  } catch (cause) {
    throw new DigestSyncError(
      "unknown-algorithm",
      `the digest algorithm is ${name}, which this app has not registered: call registerAlgorithm before the first sync(); ` +
        'sha1, md5 and crc32 come from "@digest-sync/core/weak-algorithms"',
      { cause },
    );
  }
}

/**
 * Sees the collections by the server's manifest, or by the app's own again (undefined). Under another algorithm all
 * bytes held are hashed anew; rows of a collection whose key is made of other fields go, for their addresses are wrong.
 * One atomic change; when another client of the store was first, the next round finds out whether it is still needed.
 */
async function adopt(set: LocalSet, server: ServerManifest | undefined): Promise<void> {
  const view = new View(set.app, server);
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
    const root = new RootState();
    for await (const page of everyPage(set.store.scan, name)) {
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
