import { DigestSyncError } from "@digest-sync/core";
import type { DatabaseManifest, Digests } from "@digest-sync/engine";
import { digestSync } from "@digest-sync/prisma";
import type { PrismaClientLike } from "./digest-sync.options.js";

/**
 * One extended client per plain client and manifest: two registrations of the module over one PrismaService share
 * one settler instead of racing two.
 */
const derived = new WeakMap<object, Map<DatabaseManifest, Digests>>();

/**
 * The Digests of an extended client, or of one derived from a plain client. A Prisma client is a Proxy, so it is told
 * by its properties, never by `instanceof`.
 */
export function digestsOf(
  prisma: unknown,
  manifest: DatabaseManifest | undefined,
  onError: (error: unknown) => void,
): Digests {
  if (!isPrismaClient(prisma)) {
    throw new DigestSyncError(
      "not-installed",
      "DigestSyncModule: `prisma` is no Prisma client (it has no `$extends`). Pass the client itself; an injection token " +
        "works in forRoot only, in forRootAsync inject it: `inject: [PrismaService], useFactory: (prisma) => ({ prisma, ... })`.",
    );
  }
  if ("$digests" in prisma && prisma.$digests) return prisma.$digests as Digests;
  if (!manifest) {
    throw new DigestSyncError(
      "not-installed",
      "DigestSyncModule: `manifest` is missing. Pass the one from the generated `server.ts`, or extend the Prisma client " +
        "with `digestSync(manifest)` yourself.",
    );
  }
  const byManifest = derived.get(prisma) ?? new Map<DatabaseManifest, Digests>();
  derived.set(prisma, byManifest);
  const known = byManifest.get(manifest);
  if (known) return known;
  const { $digests } = prisma.$extends(digestSync(manifest, { onError })) as { readonly $digests: Digests };
  byManifest.set(manifest, $digests);
  return $digests;
}

function isPrismaClient(value: unknown): value is PrismaClientLike & { readonly $digests?: unknown } {
  return typeof value === "object" && value !== null && "$extends" in value && typeof value.$extends === "function";
}
