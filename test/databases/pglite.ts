import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PrismaPGlite } from "pglite-prisma-adapter";
import type { DatabaseKind, SchemaName } from "./database.js";
import { definition } from "./definition.js";
import { sql } from "./sql.js";

// PostgreSQL as WebAssembly, in this process: no server, one connection. Making its data directory takes seconds, so one
// is kept with the installed packages and loaded by every instance; an instance that is given back serves the next test.

const modules = new URL("../../node_modules/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("@electric-sql/pglite/package.json", modules), "utf8"));
const snapshot = fileURLToPath(new URL(`.digest-sync/pglite-${version}.tar`, modules));

/** Makes the data directory that instances start from, unless it is there. */
export async function preparePglite(): Promise<void> {
  if (existsSync(snapshot)) return;
  const instance = await PGlite.create();
  const data = await instance.dumpDataDir("none");
  await instance.close();
  await mkdir(dirname(snapshot), { recursive: true });
  const partial = `${snapshot}.${process.pid}`;
  await writeFile(partial, Buffer.from(await data.arrayBuffer()));
  await rename(partial, snapshot);
}

const idle: PGlite[] = [];

async function start(): Promise<PGlite> {
  await preparePglite();
  return await PGlite.create({ loadDataDir: new Blob([await readFile(snapshot)]) });
}

/** Nothing of the test before may be left: not its tables, not its session's settings. */
async function reset(instance: PGlite): Promise<void> {
  await instance.exec("DROP SCHEMA public CASCADE");
  await instance.exec("CREATE SCHEMA public");
  await instance.exec("DISCARD ALL");
}

/** What one test has of an instance: a client that outlives its test must not write into the next one's database. */
function lent(instance: PGlite): { client: PGlite; end(): void } {
  let ended = false;
  const client = new Proxy(instance, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        if (ended) return Promise.reject(new Error("The test that this database was made for has removed it."));
        return Reflect.apply(value, target, values);
      };
    },
  });
  return {
    client,
    end: () => {
      ended = true;
    },
  };
}

const definitions = new Map<SchemaName, Promise<string>>();

export const pglite: DatabaseKind = {
  provider: "postgresql",
  severalConnections: false,
  async open(schema) {
    const tables = definitions.get(schema) ?? definition("postgresql", schema);
    definitions.set(schema, tables);
    const instance = idle.pop() ?? (await start());
    await instance.exec(await tables);
    const { client, end } = lent(instance);
    return {
      // No other process can open it.
      connection: { provider: "postgresql", url: "pglite:" },
      adapter: () => new PrismaPGlite(client),
      run: async <R>(text: string, ...values: unknown[]) => (await instance.query<R>(sql(text), values)).rows,
      async remove() {
        end();
        await reset(instance);
        idle.push(instance);
      },
    };
  },
};
