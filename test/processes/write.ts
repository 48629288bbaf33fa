// Writes in one transaction that it never ends, and tells when everything but the commit is done.
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { adapter, say } from "./opened.js";

const prisma = new PrismaClient({ adapter: adapter() });
await prisma.$transaction(
  async (tx) => {
    await tx.account.updateMany({ where: { id: { lt: "a5" } }, data: { name: "half" } });
    await tx.account.deleteMany({ where: { id: { gte: "a5" } } });
    say("written");
    await new Promise(() => setInterval(() => undefined, 1_000));
  },
  { timeout: 600_000 },
);
