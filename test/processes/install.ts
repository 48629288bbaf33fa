// Says when it is ready, waits to be told, installs and settles, and says what it did.
import { digestSync } from "@digest-sync/prisma";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { adapter, say, told } from "./opened.js";

function onError(error: unknown): never {
  throw error;
}

const prisma = new PrismaClient({ adapter: adapter() }).$extends(digestSync(manifest, { onError }));
await prisma.$connect();
say("ready");
await told();
await prisma.$digests.install();
await prisma.$digests.settle();
say(await prisma.$digests.check());
await prisma.$disconnect();
process.disconnect();
