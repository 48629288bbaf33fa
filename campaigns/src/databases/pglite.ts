import { PGlite } from "@electric-sql/pglite";
import { PrismaPGlite } from "pglite-prisma-adapter";
import { PrismaClient } from "../../../prisma/generated/postgresql/campaigns/prisma/client.js";
import { spelled } from "../operations/writer.js";
import type { DatabaseKind } from "./database.js";
import { tablesFor } from "./definition.js";
import { postgresql } from "./postgresql.js";

/** PostgreSQL in this process, by URL. */
const instances = new Map<string, PGlite>();

export const pglite: DatabaseKind = {
  ...postgresql,
  client: (url) => new PrismaClient({ adapter: new PrismaPGlite(instances.get(url)!) }) as never,
  async create() {
    const instance = await PGlite.create();
    for (const statement of await tablesFor("postgresql")) await instance.exec(statement);
    const url = `memory:${instances.size}`;
    instances.set(url, instance);
    return { url, drop: () => instance.close() };
  },
  async bare(url) {
    // Its one connection is everybody's: a transaction of ours must not end in the middle of another's.
    return {
      provider: "postgresql",
      run: (sql, ...parameters) => instances.get(url)!.query(spelled("postgresql", sql), [...parameters]),
      close: async () => undefined,
    };
  },
};
