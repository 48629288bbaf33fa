import { join } from "node:path";
import { DigestSyncClient } from "@digest-sync/client";
import { prismaStore } from "@digest-sync/client/prisma";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createDatabase } from "../../../prisma/create-database.js";
import { PrismaClient } from "../../../prisma/generated/edge/prisma/client.js";
import { manifest, type Rows } from "../../../prisma/generated/postgresql/digest-sync/client.js";
import { repositoryFolder } from "./folders.js";

/** A service at the edge: its own SQLite database, whose cities follow the central ones. */
export interface Edge {
  readonly prisma: PrismaClient;
  readonly sync: DigestSyncClient<Rows>;
  close(): Promise<void>;
}

/** @param file of the edge's database; made when it is not there */
export async function openEdge(url: string, file: string): Promise<Edge> {
  await createDatabase(join(repositoryFolder, "prisma/edge.prisma"), `file:${file}`);
  const prisma = new PrismaClient({
    adapter: new PrismaLibSql({ url: `file:${file}`, timeout: 5000, intMode: "bigint" }),
  });
  const collections = ["City"] as const;
  const store = prismaStore({ prisma, manifest, collections });
  const sync = new DigestSyncClient({ url, manifest, collections, store });
  return {
    prisma,
    sync,
    close: async () => {
      await sync.stop();
      await prisma.$disconnect();
    },
  };
}
