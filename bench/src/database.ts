import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createDatabase } from "../../prisma/create-database.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";

/** A SQLite database in a file of its own, with a plain Prisma client. */
export interface Database {
  readonly plain: PrismaClient;
  close(): Promise<void>;
}

/** The databases of one run of the benches: copies of templates, in a folder that goes with them. */
export class Databases {
  private readonly folder = mkdtempSync(join(tmpdir(), "digest-sync-bench-"));
  private readonly templates = new Map<string, Promise<string>>();
  private opened = 0;

  /** An empty database. */
  async empty(): Promise<Database> {
    return this.open(await this.emptyTemplate());
  }

  /** A copy of the database that `fill` makes the first time this name is asked for. */
  async filled(name: string, fill: (plain: PrismaClient) => Promise<void>): Promise<Database> {
    const template = this.templates.get(name) ?? this.fill(name, fill);
    this.templates.set(name, template);
    return this.open(await template);
  }

  remove(): void {
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

/** The same code runs from `src` (tests) and from `dist`, which are not equally deep: so by a file of the root. */
function repositoryFolder(folder = import.meta.dirname): string {
  return existsSync(join(folder, "package-lock.json")) ? folder : repositoryFolder(dirname(folder));
}
