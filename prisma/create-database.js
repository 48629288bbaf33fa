import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

// `prisma db push` would download a native schema engine first. The same engine as WebAssembly comes with npm and
// works over any driver adapter, so that tests and the demo create their databases offline, in under half a second.
// Plain JavaScript (types beside it), because Node 20 runs it as it is: before any build, in tests and in scripts.

const noFilters = { externalTables: [], externalEnums: [] };

export async function createDatabase(schemaPath, url) {
  const file = await schemaFile(schemaPath);
  // Without a timeout a second connection to the file fails at once with SQLITE_BUSY.
  await withEngine(
    file,
    new PrismaLibSql({ url, timeout: 5000 }),
    async (engine) => {
      const { unexecutable } = await engine.schemaPush({ force: false, schema: { files: [file] }, filters: noFilters });
      if (unexecutable.length > 0) throw new Error(`Cannot push ${schemaPath} to ${url}: ${unexecutable.join("; ")}`);
    },
    url,
  );
}

export async function databaseDefinition(schemaPath) {
  const file = await schemaFile(schemaPath);
  const factory = postgresql.test(file.content) ? newPostgres : new PrismaLibSql({ url: ":memory:" });
  return await withEngine(file, factory, async (engine) => {
    const from = { tag: "empty" };
    const to = { tag: "schemaDatamodel", files: [file] };
    return (await engine.diff({ from, to, script: true, exitCode: null, filters: noFilters })).stdout ?? "";
  });
}

const postgresql = /provider\s*=\s*"postgresql"/;

/** What the engine asks before it writes SQL for PostgreSQL: a server's version. So that no server has to run for it. */
const newPostgres = (() => {
  const answer = {
    columnNames: ["exists", "version", "numeric_version"],
    columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
    rows: [[true, "PostgreSQL 15.0", 150_000]],
  };
  const refuse = () => Promise.reject(new Error("There is no server behind this connection."));
  const adapter = { provider: "postgres", adapterName: "none" };
  const connection = {
    ...adapter,
    queryRaw: async () => answer,
    executeRaw: refuse,
    executeScript: refuse,
    startTransaction: refuse,
    dispose: async () => undefined,
    getConnectionInfo: () => ({ schemaName: "public", supportsRelationJoins: false }),
  };
  const connect = async () => connection;
  return { ...adapter, connect, connectToShadowDb: connect };
})();

async function schemaFile(schemaPath) {
  const path = schemaPath instanceof URL ? schemaPath.pathname : schemaPath;
  return { path, content: await readFile(schemaPath, "utf8") };
}

async function withEngine(file, adapter, work, where = "an empty database") {
  await instantiated();
  const factory = bindMigrationAwareSqlAdapterFactory(adapter);
  let engine;
  try {
    engine = await bindings.SchemaEngine.new({ datamodels: [[file.path, file.content]] }, () => {}, factory);
    return await work(engine);
  } catch (error) {
    throw readable(error, factory, `${file.path} on ${where}`);
  } finally {
    engine?.free();
  }
}

// The adapter's own errors cross the WASM border as a number into a registry on this side.
function readable(error, factory, what) {
  const id = /^External error id#(\d+)$/.exec(error.message)?.[1];
  const cause = id === undefined ? error : (factory.errorRegistry.consumeError(Number(id))?.error ?? error);
  return new Error(`Schema engine, ${what}: ${cause.message}`, { cause });
}

let instance;

// By hand: the package's own entry imports the .wasm file as a module, which Node 20 cannot do without a flag.
function instantiated() {
  const folder = dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm"));
  instance ??= readFile(join(folder, "schema_engine_bg.wasm"))
    .then((bytes) => WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": bindings }))
    .then(({ instance: { exports } }) => {
      bindings.__wbg_set_wasm(exports);
      exports.__wbindgen_start();
    });
  return instance;
}
