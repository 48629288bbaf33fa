import { equalBytes, fromHex, limits, RootState, Sketch, toHex } from "@digest-sync/core";
import type { CompiledCollection } from "./collections.js";
import type { SettleContext } from "./context.js";
import type { DigestRow, ScopeRow } from "./dialect.js";
import { breathe, eachDigest } from "./pages.js";
import { readRows } from "./rows.js";
import { settleBatch } from "./settle.js";
import { Sums } from "./sums.js";

export interface AuditOptions {
  /** Mend what is found. Default false: only report. */
  readonly repair?: boolean;
  onProgress?(progress: { collection: string; rows: number }): void;
}

/** One row whose stored digest is not the digest of the row. */
export interface AuditFinding {
  readonly collection: string;
  readonly scope: string;
  readonly key: string;
  /** `missing`: no digest for a row; `extra`: a digest for no row; `different`: a digest of other content. */
  readonly kind: "missing" | "extra" | "different";
}
export interface AuditReport {
  /** True when nothing was found. */
  readonly ok: boolean;
  /** Rows read and hashed. */
  readonly rows: number;
  readonly findings: readonly AuditFinding[];
  /** Scopes whose stored root or sketch is not that of their stored digests. */
  readonly sums: readonly { readonly collection: string; readonly scope: string }[];
  /** Rows that cannot be encoded, and why. They are in no set until they are written again or mended. */
  readonly unencodable: readonly { readonly collection: string; readonly key: string; readonly message: string }[];
  /** Whether what was found has been mended. */
  readonly repaired: boolean;
}

/** Rows read and hashed at a time. */
const chunkRows = 500;
/** A scope that is written while it is audited is looked at again, so often. */
const attempts = 5;

interface Findings {
  readonly rows: AuditFinding[];
  readonly sums: { collection: string; scope: string; id: ScopeRow["id"] }[];
}

async function settleAll(context: SettleContext): Promise<void> {
  while ((await settleBatch(context)).settled > 0) await breathe();
}

/**
 * Recomputes every digest from the tables and compares it with what is stored, then every root and sketch. Rows are
 * first compared by the roots of their scopes; only a scope whose roots differ is compared row by row.
 */
export async function audit(context: SettleContext, options: AuditOptions = {}): Promise<AuditReport> {
  await settleAll(context);
  const findings: Findings = { rows: [], sums: [] };
  const unencodable: { collection: string; key: string; message: string }[] = [];
  let rows = 0;
  for (const source of context.collections.values()) {
    const { name } = source.collection;
    const expected = await expectedRoots(context, source, (read) => {
      rows += read;
      options.onProgress?.({ collection: name, rows });
    });
    for (const [key, message] of expected.errors) unencodable.push({ collection: name, key, message });
    const stored = await context.database.query<ScopeRow>(context.dialect.scopesOf(name));
    for (const scope of expected.roots.keys()) {
      if (!stored.some((row) => row.scope === scope))
        await context.database.batch(context.dialect.ensureScopes([{ collection: name, scope }]));
    }
    for (const row of await context.database.query<ScopeRow>(context.dialect.scopesOf(name))) {
      const root = (expected.roots.get(row.scope) ?? new RootState()).root();
      await compareScope(context, source, row, root, findings);
    }
  }
  const repaired = options.repair === true && (await repair(context, findings));
  return {
    ok: findings.rows.length === 0 && findings.sums.length === 0,
    rows,
    findings: findings.rows,
    sums: findings.sums.map(({ collection, scope }) => ({ collection, scope })),
    unencodable,
    repaired,
  };
}

/** The roots that the scopes of a collection should have, from its table. */
async function expectedRoots(
  { database, dialect }: SettleContext,
  source: CompiledCollection,
  onRead: (rows: number) => void,
) {
  const roots = new Map<string, RootState>();
  const errors = new Map<string, string>();
  for (let after: string | null = null; ; ) {
    const [chunk]: { end: string }[] = await database.query(dialect.chunkEnd(source, after, chunkRows));
    const end: string | null = chunk?.end ?? null;
    const keys = await database.query<{ key: string }>(dialect.sourceChunk(source, after, end));
    const read = await readRows(
      database,
      source,
      keys.map(({ key }) => key),
      source.digestOf,
    );
    for (const { scope, value: digest } of read.rows.values()) {
      const state = roots.get(scope) ?? new RootState();
      state.add(digest);
      roots.set(scope, state);
    }
    for (const [key, message] of read.errors) errors.set(key, message);
    onRead(keys.length);
    if (end === null) return { roots, errors };
    after = end;
    await breathe();
  }
}

async function compareScope(
  context: SettleContext,
  source: CompiledCollection,
  row: ScopeRow,
  expectedRoot: Uint8Array,
  findings: Findings,
): Promise<void> {
  const { database, dialect } = context;
  const place = { collection: row.collection, scope: row.scope };
  let current = row;
  for (let attempt = 1; ; attempt++) {
    const state = new RootState();
    const sketch = Sketch.of(limits.storedCells);
    const digests: DigestRow[] = [];
    await eachDigest(dialect, database, current.id, (digest) => {
      const bytes = fromHex(digest.digest);
      state.add(bytes);
      sketch.add(bytes);
      digests.push(digest);
    });
    const sums = Sums.of(current);
    const sumsHold =
      equalBytes(sums.state.root(), state.root()) && (!current.sketch || equalBytes(current.sketch, sketch.toStored()));
    const rowsHold = equalBytes(state.root(), expectedRoot);
    if (sumsHold && rowsHold) return;
    const rows = rowsHold ? [] : await compareRows(context, source, current, digests);
    // Written meanwhile: what was found may be nothing but a change that is not settled yet.
    await settleAll(context);
    const [now] = await database.query<ScopeRow>(dialect.scopes([place]));
    if (!now) return;
    if (String(now.version) !== String(current.version) && attempt < attempts) {
      current = now;
      continue;
    }
    findings.rows.push(...rows);
    if (!sumsHold) findings.sums.push({ ...place, id: current.id });
    return;
  }
}

async function compareRows(
  { database, dialect }: SettleContext,
  source: CompiledCollection,
  scope: ScopeRow,
  digests: readonly DigestRow[],
): Promise<AuditFinding[]> {
  const found: AuditFinding[] = [];
  const finding = (key: string, kind: AuditFinding["kind"]) =>
    found.push({ collection: scope.collection, scope: scope.scope, key, kind });
  for (let at = 0; at < digests.length; at += chunkRows) {
    const slice = digests.slice(at, at + chunkRows);
    const { rows } = await readRows(
      database,
      source,
      slice.map(({ key }) => key),
      source.digestOf,
    );
    for (const { key, digest } of slice) {
      const row = rows.get(key);
      if (!row || row.scope !== scope.scope) finding(key, "extra");
      else if (toHex(row.value) !== digest) finding(key, "different");
    }
    await breathe();
  }
  const missing = await database.query<{ key: string }>(dialect.missingDigests(source, scope.scope, scope.id));
  const { rows } = await readRows(
    database,
    source,
    missing.map(({ key }) => key),
    source.digestOf,
  );
  for (const [key, row] of rows) if (row.scope === scope.scope) finding(key, "missing");
  return found;
}

/** Queues the rows again, and rebuilds the sums that do not hold. */
async function repair(context: SettleContext, { rows, sums }: Findings): Promise<boolean> {
  const { database, dialect } = context;
  for (const { collection, scope, id } of sums) {
    const [row] = await database.query<ScopeRow>(dialect.scopes([{ collection, scope }]));
    if (!row) continue;
    const sums = new Sums(new RootState(), row.sketch ? Sketch.of(limits.storedCells) : null);
    await eachDigest(dialect, database, id, ({ digest }) => sums.add(fromHex(digest)));
    await database.batch(dialect.advance([sums.update(row)]));
  }
  for (let at = 0; at < rows.length; at += chunkRows)
    await database.batch([dialect.append(rows.slice(at, at + chunkRows))]);
  await settleAll(context);
  return true;
}
