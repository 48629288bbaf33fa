import type { PrismaClient } from "../../../prisma/generated/prisma/client.js";
import { Random } from "../random.js";
import { markOf } from "./content.js";

/** A few writes between two batches, so that the set keeps moving: the same for the same seed. */
export async function write(prisma: PrismaClient, seed: number): Promise<void> {
  const random = new Random(seed, 1);
  for (const account of ["ada", "bob"]) {
    const accountId = markOf(account);
    const id = `${accountId}-written-${seed}`;
    await prisma.contact.create({ data: { id, accountId, name: `${accountId} new`, createdAt: new Date(seed) } });
    await prisma.contact.updateMany({
      where: { id: { startsWith: `${accountId}-contact-${random.below(100)}` } },
      data: { name: `${accountId} changed ${seed}` },
    });
  }
  const moved = `moved-${random.below(20)}`;
  const accountId = markOf(random.pick(["ada", "bob"]));
  const data = { accountId, name: `${accountId} holds it`, createdAt: new Date(0) };
  await prisma.contact.upsert({ where: { id: moved }, update: data, create: { id: moved, ...data } });
}
