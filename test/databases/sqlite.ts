import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { createDatabase } from "../../prisma/create-database.js";
import { adapterFor } from "./connect.js";
import type { DatabaseKind, SchemaName } from "./database.js";

/** Made once: pushing a schema takes half a second, a copy nothing. */
const templates = new Map<SchemaName, Promise<Buffer>>();

async function makeTemplate(schema: SchemaName): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
  const path = join(folder, "template.db");
  await createDatabase(new URL(`../../prisma/${schema}.prisma`, import.meta.url), `file:${path}`);
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** A file in a folder of its own. */
export const sqlite: DatabaseKind = {
  provider: "sqlite",
  severalConnections: true,
  async open(schema) {
    const template = templates.get(schema) ?? makeTemplate(schema);
    templates.set(schema, template);
    const folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
    const path = join(folder, "test.db");
    writeFileSync(path, await template);
    const connection = { provider: "sqlite", url: `file:${path}` } as const;
    let driver: InstanceType<typeof Libsql> | undefined;
    return {
      connection,
      adapter: () => adapterFor(connection),
      async run<R>(text: string, ...values: unknown[]) {
        driver ??= new Libsql(path, { timeout: 5000 });
        const statement = driver.prepare(text);
        if (statement.reader) return statement.all(...values) as R[];
        statement.run(...values);
        return [];
      },
      async remove() {
        driver?.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
