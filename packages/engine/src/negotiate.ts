import { type Collection, equalBytes, type Manifest, type ManifestChanged } from "@digest-sync/core";

interface Asked {
  readonly algorithm: string;
  readonly manifest: Uint8Array;
  readonly collections?: readonly string[];
}

/**
 * The collections a request is about. A fingerprint this side does not know is no failure when the request names its
 * collections, because row encodings are self-describing; the answer says so when it cannot go on.
 */
export function negotiate(
  { manifest, fingerprint: ours }: { readonly manifest: Manifest; readonly fingerprint: Uint8Array },
  asked: Asked,
): { collections: Collection[] } | Omit<ManifestChanged, "base"> {
  const changed = { type: "manifest-changed", manifest: ours } as const;
  if (asked.algorithm !== manifest.algorithm) return changed;
  if (!asked.collections)
    return equalBytes(asked.manifest, ours) ? { collections: [...manifest.collections] } : changed;
  const known = new Map(manifest.collections.map((collection) => [collection.name, collection]));
  const unknown = asked.collections.filter((name) => !known.has(name));
  if (unknown.length > 0) return { ...changed, unknown };
  return { collections: asked.collections.map((name) => known.get(name) as Collection) };
}
