import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createDatabase } from "../../../prisma/create-database.js";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/prisma/client.js";
import { repositoryFolder } from "../repository.js";
import type { Database, Databases, Kind } from "./kind.js";

export const sqlite: Kind = {
  title: "SQLite, WAL",
  prefix: "",
  manifest,
  isThere: async () => true,
  open: () => new SqliteDatabases(),
};

/** Copies of templates, in a folder that goes with them. */
class SqliteDatabases implements Databases {
  private readonly folder = mkdtempSync(join(tmpdir(), "digest-sync-bench-"));
  private readonly templates = new Map<string, Promise<string>>();
  private opened = 0;

  async empty(): Promise<Database> {
    return this.open(await this.emptyTemplate());
  }

  async filled(name: string, fill: (plain: PrismaClient) => Promise<void>): Promise<Database> {
    const template = this.templates.get(name) ?? this.fill(name, fill);
    this.templates.set(name, template);
    return this.open(await template);
  }

  async remove(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private emptyTemplate(): Promise<string> {
    const template = this.templates.get("") ?? this.createTemplate();
    this.templates.set("", template);
    return template;
  }

  private async createTemplate(): Promise<string> {
    const path = join(this.folder, "empty.db");
    await createDatabase(join(repositoryFolder(), "prisma/schema.prisma"), `file:${path}`);
    return path;
  }

  private async fill(name: string, fill: (plain: PrismaClient) => Promise<void>): Promise<string> {
    const path = join(this.folder, `${name}.db`);
    copyFileSync(await this.emptyTemplate(), path);
    const plain = clientOf(path);
    await fill(plain);
    await plain.$disconnect();
    return path;
  }

  private async open(template: string): Promise<Database> {
    this.opened += 1;
    const path = join(this.folder, `${this.opened}.db`);
    copyFileSync(template, path);
    const plain = clientOf(path);
    // The mode that servers use: readers and the writer do not block each other. It is a property of the file.
    const [mode] = await plain.$queryRawUnsafe<{ journal_mode: string }[]>("PRAGMA journal_mode = WAL");
    if (mode?.journal_mode !== "wal") throw new Error(`SQLite is in journal mode ${mode?.journal_mode}, not WAL.`);
    return {
      plain,
      close: async () => {
        await plain.$disconnect();
        for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
      },
    };
  }
}

function clientOf(path: string): PrismaClient {
  // Without a timeout (milliseconds) a busy database is an error at once; without bigint its large integers are.
  return new PrismaClient({ adapter: new PrismaLibSql({ url: `file:${path}`, timeout: 5000, intMode: "bigint" }) });
}
