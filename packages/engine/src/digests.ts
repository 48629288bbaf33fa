import {
  DigestSyncError,
  fingerprint,
  fromHex,
  limits,
  type PullAnswer,
  type PullRequest,
  type VerifyAnswer,
  type VerifyRequest,
} from "@digest-sync/core";
import { type AuditOptions, type AuditReport, audit } from "./audit.js";
import { compileCollections } from "./collections.js";
import type { Dialect, ScopeRow } from "./dialect.js";
import { Feed, type Notifications } from "./feed.js";
import { grantedScopes } from "./grant.js";
import { type CheckReport, check, type InstallOptions, type InstallReport, install, uninstall } from "./install.js";
import type { DatabaseManifest } from "./manifest.js";
import { mysql } from "./mysql/index.js";
import { readDigests } from "./packed.js";
import { breathe } from "./pages.js";
import type { SettleResult } from "./plan.js";
import type { Database } from "./ports.js";
import { postgresql } from "./postgresql/index.js";
import { pull } from "./pull.js";
import { onlyPlaced, readRows } from "./rows.js";
import { resolveScopes, type Scope } from "./scope.js";
import { settleBatch, settleScopes } from "./settle.js";
import { Settler, type SettlerOptions } from "./settler.js";
import { Sketches } from "./sketches.js";
import { sqlite } from "./sqlite/index.js";
import { summarize } from "./summary.js";
import { Turns } from "./turns.js";
import { type VerifyContext, verify } from "./verify.js";

const dialects: Partial<Record<DatabaseManifest["provider"], Dialect>> = { sqlite, postgresql, mysql };

export interface SettleOptions {
  onProgress?(progress: { settled: number }): void;
}

/**
 * Everything the server side does with digests, over one database: what `prisma.$digests` is.
 *
 * @example
 * await prisma.$digests.install();
 * const { count, root } = await prisma.$digests.root({ accountId: "a1" });
 */
export class Digests {
  readonly manifest: DatabaseManifest;
  readonly #context: VerifyContext;
  readonly #settler: Settler;
  readonly #feed: Feed;
  readonly #atWork = new Set<Promise<void>>();
  readonly #listeners = new Set<(result: SettleResult) => void>();

  /** @throws DigestSyncError `invalid-manifest` for a provider without a dialect, or a collection without a table. */
  constructor(manifest: DatabaseManifest, database: Database, options: SettlerOptions = {}) {
    const dialect = dialects[manifest.provider];
    if (!dialect) {
      throw new DigestSyncError(
        "invalid-manifest",
        `Provider "${manifest.provider}" is not supported (yet): ${Object.keys(dialects).join(", ")}.`,
      );
    }
    this.manifest = manifest;
    const onSettled = (result: SettleResult) => {
      this.#feed.settled();
      for (const listener of this.#listeners) queueMicrotask(() => listener(result));
    };
    this.#context = {
      manifest,
      database,
      dialect,
      collections: compileCollections(manifest, dialect),
      fingerprint: fingerprint(manifest),
      sketches: new Sketches(database, dialect),
      turns: new Turns(limits.concurrency),
      onSettled,
    };
    this.#settler = new Settler(this.#context, options, onSettled);
    this.#feed = new Feed(this.#context, options, (isWatched) => this.#settler.watched(isWatched));
  }

  /** Makes tables and triggers that are missing and queues the rows that were there before. Safe to repeat. */
  async install(options?: InstallOptions): Promise<InstallReport> {
    const report = await install(this.#context, options);
    this.#settler.reconsider();
    return report;
  }

  /** Removes triggers and tables of ours. */
  async uninstall(): Promise<void> {
    await this.#settler.halt();
    await uninstall(this.#context);
  }

  /** Whether everything that `install` makes is there. */
  check(): Promise<CheckReport> {
    return check(this.#context);
  }

  /** Tells the background settler that something was probably written. Never waits. */
  poke(): void {
    this.#settler.poke();
  }

  /** From now on the background settler also looks by itself, for writes that nobody poked about. */
  start(): void {
    this.#settler.start();
  }

  /**
   * Stops the background settler, and settles what is pending unless that fails. Requests at work end first, also those
   * whose clients have left: the database connection usually goes next.
   */
  async stop(): Promise<void> {
    await Promise.all(this.#atWork);
    await this.#settler.stop();
    await this.#feed.stop();
  }

  /**
   * Calls the listener whenever rows that this grant covers have changed, whichever process settled them; it says nothing
   * about which. Resolves, once it is in force, to the function that ends it. Other processes are noticed within half a second,
   * or at once with `relay`; the settler has to be started in each.
   *
   * @param names only these collections, as far as there are any; default: all
   * @throws DigestSyncError `scope-missing`, `too-large`
   */
  async watch(scope: Scope, listener: () => void, names?: readonly string[]): Promise<() => void> {
    const { collections } = this.manifest;
    const watched = names === undefined ? [...collections] : collections.filter(({ name }) => names.includes(name));
    return this.#feed.watch(await grantedScopes(this.#context, watched, scope), listener);
  }

  /** Tells other server processes at once what this one settled, and hears from them. Without it they look twice a second. */
  relay(notifications: Notifications): void {
    this.#feed.relay(notifications);
  }

  /** Called with what each settled batch changed. Returns the function that ends it. */
  onSettled(listener: (result: SettleResult) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Settles everything that is pending now. */
  async settle({ onProgress }: SettleOptions = {}): Promise<{ settled: number; errors: number }> {
    const release = await this.#settler.hold();
    try {
      let settled = 0;
      let errors = 0;
      for (;;) {
        const result = await settleBatch(this.#context);
        if (result.settled === 0) return { settled, errors };
        this.#context.onSettled(result);
        settled += result.settled;
        errors += result.errors;
        onProgress?.({ settled });
        await breathe();
      }
    } finally {
      release();
    }
  }

  /** The digest of one row as of now, 32 bytes; null when the row is in no set. */
  async digest(collection: string, key: string): Promise<Uint8Array | null> {
    const { collections, database, dialect } = this.#context;
    const source = collections.get(collection);
    if (!source) {
      throw new DigestSyncError(
        "unknown-collection",
        `"${collection}" is not a synced model. Synced are: ${[...collections.keys()].join(", ")}.`,
        {
          collection,
        },
      );
    }
    const { rows } = await readRows(database, source, [key], onlyPlaced);
    const row = rows.get(key);
    if (!row) return null;
    const ref = { collection, scope: row.scope };
    await settleScopes(
      this.#context,
      [ref],
      { rows: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY },
      this.#context.onSettled,
    );
    const [scope] = await database.query<ScopeRow>(dialect.scopes([ref]));
    if (!scope) return null;
    const [stored] = await readDigests(database, dialect.digests([{ scopeId: scope.id, key }]));
    return stored ? fromHex(stored.digest) : null;
  }

  /** Count and root of everything a grant covers, 32 bytes; unscoped collections need no grant. */
  async root(scope: Scope = {}): Promise<{ count: number; root: Uint8Array }> {
    const collections = [...this.manifest.collections];
    const { count, root } = await summarize(
      this.#context,
      collections,
      resolveScopes(collections, scope),
      this.#context.onSettled,
    );
    return { count, root };
  }

  /** Answers a client's verification. */
  verify(request: VerifyRequest, scope: Scope): Promise<VerifyAnswer> {
    return this.#working(verify(this.#context, request, scope));
  }

  /** Answers with the next page of everything a client may hold. */
  pull(request: PullRequest, scope: Scope): Promise<PullAnswer> {
    return this.#working(pull(this.#context, request, scope));
  }

  /** Recomputes every digest, root and sketch and compares; mends what differs if asked to. */
  audit(options?: AuditOptions): Promise<AuditReport> {
    return audit(this.#context, options);
  }

  #working<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const ended = answer.then(
      () => {},
      () => {},
    );
    this.#atWork.add(ended);
    ended.then(() => this.#atWork.delete(ended));
    return answer;
  }
}
