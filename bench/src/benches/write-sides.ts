import { digestSync } from "@digest-sync/prisma";
import type { PrismaClient } from "../../../prisma/generated/prisma/client.js";
import type { Database, Databases, Kind } from "../databases/kind.js";

/** What both sides write with: the extended client is one as far as writing goes. */
export type Writer = Pick<PrismaClient, "contact">;

/** One of the two that are compared: a client, on a database of its own. */
export interface Side {
  readonly writer: Writer;
  /** Before a round: the background settler runs as it does in a server. */
  start(): void;
  /** After a round: settles what is left. The round pays for it, or the other side would. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export const row = (id: string) => ({
  ...{ id, accountId: "a1", name: `Name of ${id}`, email: `${id}@example.com`, phone: "+49 30 901820" },
  createdAt: new Date(0),
});

/** @param contacts that are there before */
export async function openPlain(databases: Databases, contacts: number): Promise<Side> {
  const { plain, close } = await seeded(databases, contacts);
  return { writer: plain, start: () => {}, stop: async () => {}, close };
}

/** @param contacts that are there before */
export async function openExtended({ manifest }: Kind, databases: Databases, contacts: number): Promise<Side> {
  const { plain, close } = await seeded(databases, contacts);
  const extended = plain.$extends(digestSync(manifest));
  await extended.$digests.install();
  await extended.$digests.settle();
  return {
    writer: extended as unknown as Writer,
    start: () => extended.$digests.start(),
    stop: () => extended.$digests.stop(),
    close,
  };
}

async function seeded(databases: Databases, contacts: number): Promise<Database> {
  return databases.filled(`${contacts} contacts`, async (plain) => {
    await plain.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
    await plain.contact.createMany({ data: Array.from({ length: contacts }, (_, i) => row(`old-${i}`)) });
  });
}
