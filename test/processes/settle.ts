// Settles what is pending, and dies before the given statement. args: its number, counted from the first of `settle`.
import { digestSync } from "@digest-sync/prisma";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { adapter, args } from "./opened.js";
import { watched } from "./watched-adapter.js";

const [last] = args as [number];
let statements = 0;
const before = () => {
  statements += 1;
  if (statements === last) process.kill(process.pid, "SIGKILL");
};
const prisma = new PrismaClient({ adapter: watched(adapter(), before) });
await prisma.$extends(digestSync(manifest, { delay: 1_000_000 })).$digests.settle();
await prisma.$disconnect();
process.disconnect();
