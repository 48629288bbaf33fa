import { fingerprint, PROTOCOL, type PullAnswer, Sketch, type VerifyRequest, type Window } from "@digest-sync/core";
import { type Digests, digestSync, type Scope } from "@digest-sync/prisma";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "../databases/index.js";
import { counting, Work } from "./counting-adapter.js";

/** A database of the shared schema, what it is asked for, and the verifier over it. */
export interface World {
  readonly database: TestDatabase;
  readonly prisma: PrismaClient;
  readonly digests: Digests;
  readonly work: Work;
}

export async function openWorld(): Promise<World> {
  const database = await emptyDatabase("schema");
  const work = new Work();
  const prisma = database.closing(new PrismaClient({ adapter: counting(database.adapter(), work) }));
  const { $digests: digests } = prisma.$extends(digestSync(manifest, { delay: 1_000_000 }));
  return { database, prisma, digests, work };
}

export const grantOf = (...accounts: string[]): Scope => ({ id: accounts, accountId: accounts });

export const common = { protocol: PROTOCOL, algorithm: manifest.algorithm, manifest: fingerprint(manifest) };

/** An account with contacts whose ids begin with its own. */
export async function addAccount(prisma: PrismaClient, id: string, contacts: number, name = "n"): Promise<void> {
  await prisma.account.create({ data: { id, name: `${name} ${id}`, email: `${id}@example.com` } });
  const data = Array.from({ length: contacts }, (_, i) => contact(`${id}-${i}`, id, `${name} ${id}`));
  for (let at = 0; at < contacts; at += 1_000) await prisma.contact.createMany({ data: data.slice(at, at + 1_000) });
}

export const contact = (id: string, accountId: string, name: string) => ({
  ...{ id, accountId, name, createdAt: new Date(0) },
});

/**
 * A request whose sketch is of the digests given, less some elements that were never in: the server believes that it
 * alone has them. There must be few enough for every cell to count what a set can count, or nobody would look for them.
 */
export function forged(
  digests: readonly Uint8Array[],
  fakes: number,
  cells: number,
  window: Window = 0,
): VerifyRequest {
  const sketch = Sketch.of(cells);
  for (const digest of digests) sketch.add(digest, window);
  for (let i = 1; i <= fakes; i++) sketch.addElement(Math.imul(i, 0x9e3779b9), Math.imul(i, 0x85ebca6b), -1);
  const count = digests.length - fakes;
  if (!sketch.fits(count)) throw new Error("too many fakes for these cells");
  const root = new Uint8Array(32).fill(1);
  return { ...common, count, root, sketch: sketch.toBytes(count), ...(window > 0 && { window }) };
}

/** Every digest of a grant, as whoever holds its rows knows them. */
export async function pullEverything(digests: Digests, scope: Scope): Promise<readonly PullAnswer[]> {
  const pages: PullAnswer[] = [];
  for (let after: { collection: string; key?: string } | undefined; ; ) {
    const page = await digests.pull({ ...common, ...(after && { after }) }, scope);
    pages.push(page);
    if (page.type !== "page" || page.next === undefined) return pages;
    after = page.next;
  }
}
