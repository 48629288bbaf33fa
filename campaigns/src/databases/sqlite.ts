import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import Driver from "libsql";
import { createDatabase } from "../../../prisma/create-database.js";
import { manifest as clientManifest } from "../../../prisma/generated/campaigns/digest-sync/client.js";
import { manifest } from "../../../prisma/generated/campaigns/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";
import { repository } from "../repository.js";
import type { DatabaseKind } from "./database.js";

const adapter = (url: string) => new PrismaLibSql({ url, timeout: 20_000, intMode: "bigint" });

export const sqlite: DatabaseKind = {
  provider: "sqlite",
  manifest,
  clientManifest,
  client: (url) => new PrismaClient({ adapter: adapter(url) }),
  async create() {
    const folder = mkdtempSync(join(tmpdir(), "digest-sync-campaign-"));
    const url = `file:${join(folder, "campaign.db")}`;
    await createDatabase(join(repository, "prisma/campaigns.prisma"), url);
    // The mode that servers use. It is a property of the file.
    const driver = new Driver(url.slice("file:".length));
    driver.exec("PRAGMA journal_mode = WAL");
    driver.close();
    return { url, drop: () => rmSync(folder, { recursive: true, force: true }) };
  },
  async bare(url) {
    const driver = new Driver(url.slice("file:".length), { timeout: 20_000 });
    driver.exec("PRAGMA foreign_keys = ON");
    return {
      provider: "sqlite",
      run: async (sql, ...parameters) => {
        const statement = driver.prepare(sql);
        return statement.reader ? statement.all(parameters) : statement.run(parameters);
      },
      close: async () => {
        driver.close();
      },
    };
  },
};
