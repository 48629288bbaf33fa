import { DigestSyncError, toHex } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { SettleContext } from "./context.js";
import { dependentsOf } from "./dependents.js";
import type { Trigger } from "./dialect.js";
import type { TableName } from "./manifest.js";
import { appendHistory, backfillValue, metaName, readStates, readyValue, standing } from "./meta.js";
import { breathe } from "./pages.js";

export interface InstallProgress {
  readonly collection: string;
  /** Rows looked at so far, of those that were there before the triggers. */
  readonly rows: number;
}
export interface InstallOptions {
  /**
   * Install even if a later version of the app has: for going back to an earlier one. Default false, so that an old
   * process that restarts during a deploy changes nothing.
   */
  readonly takeOver?: boolean;
  onProgress?(progress: InstallProgress): void;
}
export interface InstallReport {
  /** Names of the triggers that were made and dropped; both empty when all was in place. */
  readonly created: readonly string[];
  readonly dropped: readonly string[];
  /** Collections whose rows were queued for digesting. */
  readonly backfilled: readonly string[];
  /** A later version of the app has installed its manifest: nothing was done. */
  readonly superseded: boolean;
}
export interface CheckReport {
  /** True when this process may go on, also when it is superseded. */
  readonly ok: boolean;
  /** A later version of the app has installed its manifest; collections it changed are not answered for by this one. */
  readonly superseded: boolean;
  /** What is missing or out of date, each with what mends it. */
  readonly problems: readonly string[];
}

/** How to mend an installation, as every message about it says. */
export const mend = 'Run "npx digest-sync install --client <module>", or call prisma.$digests.install().';

/** Rows appended to the queue in one transaction. */
const chunkRows = 10_000;

interface Difference {
  readonly source: CompiledCollection;
  readonly expected: readonly Trigger[];
  readonly missing: readonly Trigger[];
}

/** What stands in the database against what the manifest asks for. */
async function compare({ database, dialect, collections }: SettleContext) {
  const installed = await dialect.installedTriggers(database);
  const present = new Set(installed.filter(({ broken }) => !broken).map(({ name }) => name));
  const expected = new Set<string>();
  const differences: Difference[] = [];
  for (const source of collections.values()) {
    const triggers = await dialect.triggers(database, source);
    for (const { name } of triggers) expected.add(name);
    differences.push({ source, expected: triggers, missing: triggers.filter(({ name }) => !present.has(name)) });
  }
  return { differences, obsolete: installed.filter(({ name }) => !expected.has(name)) };
}

/** The app's tables that get triggers. */
function appTables({ collections }: SettleContext): TableName[] {
  const tables = [...collections.values()].flatMap((source) => [
    source.table,
    ...dependentsOf(source).watches.map(({ table }) => table),
  ]);
  return [...new Map(tables.map((table) => [`${table.schema ?? ""}.${table.name}`, table])).values()];
}

/**
 * Makes what is missing, in an order that leaves no write uncaptured: new triggers stand before old ones go, and rows
 * that were written while no trigger watched are queued afterwards. Safe to repeat, to interrupt, and to run in
 * several processes at once.
 *
 * @throws DigestSyncError `not-installed` when a table of the app is missing, `invalid-manifest` when one is of a kind that
 * cannot be synced.
 */
export async function install(context: SettleContext, options: InstallOptions = {}): Promise<InstallReport> {
  const { database, dialect, collections } = context;
  const absent = await dialect.missingTables(database, appTables(context));
  if (absent.length > 0) {
    throw new DigestSyncError(
      "not-installed",
      `The database has no table ${absent.join(", ")}: run your migrations first.`,
    );
  }
  const unsupported = await dialect.unsupported(database, appTables(context));
  if (unsupported.length > 0) throw new DigestSyncError("invalid-manifest", unsupported.join("\n"));
  const missingOwn = await dialect.missingTables(
    database,
    dialect.tableNames.map((name) => ({ name })),
  );
  if (missingOwn.length > 0) await database.batch(dialect.tables());

  const fingerprint = toHex(context.fingerprint);
  const { history, current, superseded } = await standing(database, dialect, fingerprint);
  if (superseded && !options.takeOver) return { created: [], dropped: [], backfilled: [], superseded: true };
  if (!current) await database.batch([appendHistory(dialect, history, fingerprint)]);

  const { differences, obsolete } = await compare(context);
  // Tables that were there, Prisma Migrate has made: all but what it cannot say.
  if (missingOwn.length === 0 && differences.some(({ missing }) => missing.length > 0)) {
    await database.batch(dialect.tables());
  }
  const states = await readStates(database, dialect, [...collections.keys()]);
  const created: string[] = [];
  for (const { source, missing } of differences) {
    const { name } = source.collection;
    if (missing.length === 0 && states.get(name)?.fingerprint === source.fingerprint) continue;
    // One transaction: a trigger that exists without its backfill would hide the rows that were there before it. A
    // write comes first: SQLite fails a transaction that reads, and writes after another process has written.
    // Where DDL commits by itself, a crash leaves that note behind, and the next install goes on from it.
    const statements = [
      dialect.bumpScopes(name),
      dialect.putMeta(metaName(name), backfillValue(source.fingerprint, null)),
      ...missing.flatMap((trigger) => trigger.statements),
    ];
    await database.batch(statements).catch((error: unknown) => {
      const refusal = dialect.refusal?.(error);
      throw refusal === undefined ? error : new DigestSyncError("not-installed", refusal, { cause: error });
    });
    created.push(...missing.map((trigger) => trigger.name));
  }
  if (obsolete.length > 0) await database.batch(obsolete.flatMap((trigger) => dialect.dropTrigger(trigger)));
  const backfilled = await backfill(context, options);
  return { created, dropped: obsolete.map(({ name }) => name), backfilled, superseded: false };
}

/** Goes on with every backfill that is not finished, from where it stands. */
export async function backfill(context: SettleContext, { onProgress }: InstallOptions = {}): Promise<string[]> {
  const { database, dialect, collections } = context;
  const states = await readStates(database, dialect, [...collections.keys()]);
  const done: string[] = [];
  for (const [name, source] of collections) {
    const state = states.get(name);
    if (!state?.backfill || state.fingerprint !== source.fingerprint) continue;
    let { after } = state.backfill;
    for (let rows = 0; ; rows += chunkRows) {
      const [chunk] = await database.query<{ end: string }>(dialect.chunkEnd(source, after, chunkRows));
      const end = chunk?.end ?? null;
      const position = end === null ? readyValue(source.fingerprint) : backfillValue(source.fingerprint, end);
      // The last chunk also queues the stored keys: of rows that were deleted while no trigger watched.
      await database.batch([
        dialect.appendChunk(source, after, end),
        ...(end === null ? [dialect.appendStored(name)] : []),
        dialect.moveMeta(metaName(name), backfillValue(source.fingerprint, after), position),
      ]);
      onProgress?.({ collection: name, rows: rows + chunkRows });
      if (end === null) break;
      after = end;
      await breathe();
    }
    done.push(name);
  }
  return done;
}

/** Looks whether everything `install` makes is there, and says what is not. Changes nothing. */
export async function check(context: SettleContext): Promise<CheckReport> {
  const { database, dialect, collections } = context;
  const absent = await dialect.missingTables(database, appTables(context));
  const missingOwn = await dialect.missingTables(
    database,
    dialect.tableNames.map((name) => ({ name })),
  );
  const problems = [
    ...absent.map((name) => `Table ${name} is missing. Run your migrations.`),
    ...missingOwn.map((name) => `Table ${name} is missing. ${mend}`),
    ...(await dialect.unsupported(database, appTables(context))),
  ];
  if (problems.length === 0) problems.push(...(await dialect.problems(database, [...collections.values()])));
  if (problems.length > 0) return { ok: false, superseded: false, problems };
  const { superseded } = await standing(database, dialect, toHex(context.fingerprint));
  if (superseded) return { ok: true, superseded, problems };
  const { differences } = await compare(context);
  const states = await readStates(database, dialect, [...collections.keys()]);
  for (const { source, expected, missing } of differences) {
    const { name } = source.collection;
    const state = states.get(name);
    if (missing.length > 0) {
      const which =
        missing.length === expected.length
          ? "its triggers are"
          : `trigger ${missing.map((trigger) => trigger.name).join(", ")} is`;
      problems.push(`Writes to ${name} are not captured: ${which} missing (or disabled, or out of date). ${mend}`);
    } else if (state?.fingerprint !== source.fingerprint) {
      problems.push(`The digests of ${name} were made with another version of its manifest. ${mend}`);
    } else if (state.backfill) {
      problems.push(`Not all rows of ${name} have been queued for digesting: an install was interrupted. ${mend}`);
    }
  }
  return { ok: problems.length === 0, superseded, problems };
}

/** Removes the triggers, then the tables. The app's own tables stay as they are. */
export async function uninstall({ database, dialect }: SettleContext): Promise<void> {
  const installed = await dialect.installedTriggers(database);
  if (installed.length > 0) await database.batch(installed.flatMap((trigger) => dialect.dropTrigger(trigger)));
  await database.batch(dialect.dropTables());
}
