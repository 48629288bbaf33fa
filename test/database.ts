import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createDatabase } from "../prisma/create-database.js";

/** Databases of the shared schemas, by the schema's name. Made once: pushing a schema takes half a second, a copy nothing. */
const templates = new Map<string, Promise<Buffer>>();

async function makeTemplate(schema: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
  const path = join(folder, "template.db");
  await createDatabase(new URL(`../prisma/${schema}.prisma`, import.meta.url), `file:${path}`);
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

interface Disconnectable {
  $disconnect(): Promise<void>;
}

/** An empty SQLite database in a folder of its own. */
export interface TestDatabase {
  readonly path: string;
  /** A driver adapter for one more client; the client is disconnected by `remove` when it was passed to `closing`. */
  adapter(): PrismaLibSql;
  closing<Client extends Disconnectable>(client: Client): Client;
  remove(): Promise<void>;
}

/** @param schema the name of a file in prisma/ */
export async function emptyDatabase(schema: "schema" | "types" | "quickstart"): Promise<TestDatabase> {
  const template = templates.get(schema) ?? makeTemplate(schema);
  templates.set(schema, template);
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
  const path = join(folder, "test.db");
  writeFileSync(path, await template);
  const open: Disconnectable[] = [];
  return {
    path,
    adapter: () => new PrismaLibSql({ url: `file:${path}`, timeout: 5000, intMode: "bigint" }),
    closing: (client) => {
      open.push(client);
      return client;
    },
    remove: async () => {
      await Promise.all(open.map((client) => client.$disconnect()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
