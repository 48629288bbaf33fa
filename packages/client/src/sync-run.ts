import {
  type Changes,
  cellsByCounts,
  type DigestSyncError,
  equalBytes,
  type LongerSketch,
  PROTOCOL,
  type VerifyAnswer,
  type Window,
} from "@digest-sync/core";
import { badAnswer } from "./bad-answer.js";
import type { Connection } from "./connection.js";
import { heldAt, heldWithElements } from "./held.js";
import type { Meter } from "./http.js";
import { kit, mending } from "./later.js";
import type { LocalSet } from "./local-set.js";
import { type NetChange, NO_CHANGE, netChange } from "./net-change.js";
import { open } from "./open.js";
import type { SyncProgress, SyncResult } from "./options.js";
import { pullEverything } from "./pull.js";
import { receiveRows } from "./receive.js";

/** Rounds that may end unequal, those that answer `more` not counted. */
const ROUNDS = 8;
/** Longer sketches within a round; an honest server asks for at most five. */
const SKETCHES = 8;
/** Enough for ten differences; fewer cells save no bytes worth a second request. */
const FIRST_CELLS = 32;
/** Cells that a difference takes up at least (DESIGN.md, "How a verification travels"). */
const CELLS_PER_DIFFERENCE = 1.36;

export interface RunOptions {
  readonly set: LocalSet;
  readonly connection: Connection;
  readonly meter: Meter;
  /** Whether the first request is worth a sketch; asked once, right before it is sent. */
  readonly changesLikely: () => boolean;
  /** Whether to look again at the server's manifest, where it is not the app's. */
  readonly isManifestDue: () => boolean;
  readonly onManifest: () => void;
  readonly onProgress: (progress: SyncProgress) => void;
}

const EMPTY = new Uint8Array(0);

type RoundEnd = "in-sync" | "more" | "unequal" | "manifest-changed";

/** One run: rounds of verification until the roots are equal. SPEC.md has its states as a table. */
export class SyncRun {
  /** Verifications sent so far: who waits for this run can tell whether another is still to come. */
  verifications = 0;
  readonly set: LocalSet;
  readonly connection: Connection;
  #cells = 0;
  #window: Window = 0;
  #upserted = 0;
  #deleted = 0;
  #incomplete = 0;

  constructor(private readonly options: RunOptions) {
    this.set = options.set;
    this.connection = options.connection;
  }

  async execute(): Promise<SyncResult> {
    const { set } = this;
    await open(set);
    const { server } = set.view;
    if (server !== undefined && this.options.isManifestDue()) await this.#adoptManifest();
    const resumed = set.state.pull !== undefined;
    if (resumed) await this.#unlessOutdated(() => this.#pull());
    const start = this.#changed;
    let unequal = 0;
    for (let rounds = 0; rounds < ROUNDS; ) {
      await open(set);
      const before = this.#changed;
      const end = await this.#unlessOutdated(() => this.#round(rounds === 0 && !resumed));
      if (end === "in-sync") return this.#result(true);
      if (end === "more") continue;
      rounds += 1;
      this.#cells = 0;
      this.#window = 0;
      if (end === "manifest-changed") continue;
      // Unequal for no reason to be seen: does the store hold what its sums say? Asked once a run, for it costs a scan.
      unequal += unequal === 0 && this.#changed === before ? 2 : 1;
      if (unequal === 2) await (await mending()).audit(kit, set);
    }
    if (this.#changed > start) return this.#result(false);
    throw badAnswer(
      "the roots differ, but the server has nothing to change: run its audit; or do servers of different versions answer?",
    );
  }

  /** Counts what was applied, and tells who follows the progress. */
  applied(change: NetChange): void {
    this.#upserted += change.added.length;
    this.#deleted += change.deletes.length;
  }

  get #changed(): number {
    return this.#upserted + this.#deleted;
  }

  progress(phase: SyncProgress["phase"], rows = this.#changed, total?: number): void {
    this.options.onProgress({ phase, rows, ...(total === undefined ? {} : { total }) });
  }

  /** From a first request to an answer that is not `longer-sketch`. */
  async #round(isFirst: boolean): Promise<RoundEnd> {
    // After `more` the sketch stays as long as what is left to differ may need.
    const isLikely = !isFirst || this.options.changesLikely();
    if (this.#cells === 0 && this.set.count > 0 && isLikely) this.#cells = FIRST_CELLS;
    for (let sketches = 0; sketches <= SKETCHES; sketches++) {
      const answer = await this.#verify();
      switch (answer.type) {
        case "in-sync":
          await this.#proven(answer.base);
          this.#incomplete = answer.incomplete ?? 0;
          return "in-sync";
        case "longer-sketch":
          await this.#lengthen(answer);
          continue;
        case "changes":
          return this.#apply(answer);
        case "bulk":
          this.progress("bulk", 0, answer.count);
          return this.#pull();
        case "manifest-changed":
          await this.#adoptManifest();
          return "manifest-changed";
      }
    }
    throw badAnswer(`the server asked for a longer sketch ${SKETCHES + 1} times in a row`);
  }

  async #verify(): Promise<VerifyAnswer> {
    const { set } = this;
    const cells = this.#cells;
    const window = this.#window;
    const sketched = async () => (cells > 0 ? set.sketch(cells, window) : undefined);
    let sketch = await sketched();
    // The sums contradict the rows: because another client of the store wrote meanwhile, or else truly.
    if (set.damaged) await open(set);
    sketch ??= await sketched();
    const { algorithm, fingerprint, named } = set.view;
    const { count } = set;
    const root = set.root();
    const request = {
      protocol: PROTOCOL,
      algorithm,
      manifest: fingerprint,
      collections: named,
      count,
      root,
      sketch: sketch?.toBytes(count),
      window: (sketch && window) || undefined,
    };
    this.verifications += 1;
    this.progress("verify");
    const answer = await this.connection.verify(request);
    if (!equalBytes(answer.base, root)) {
      throw badAnswer("the answer belongs to another request; let no cache or proxy store answers");
    }
    return answer;
  }

  async #lengthen({ cells, window = 0, count, counts }: LongerSketch): Promise<void> {
    if (window < this.#window || (window === this.#window && cells <= this.#cells)) {
      throw badAnswer(`the server asked for ${cells} cells of window ${window}, which it was sent already`);
    }
    const sent = window === this.#window ? this.#cells : 0;
    const own = counts && (await this.set.sketch(counts.length / 2, window));
    const better = own && count !== undefined ? cellsByCounts(own, counts, count - this.set.count) : 0;
    this.#cells = better > sent ? better : cells;
    this.#window = window;
  }

  async #apply(answer: Changes): Promise<RoundEnd> {
    const { set } = this;
    const received = await receiveRows(answer.rows, set.view);
    const stale = await heldWithElements(set, answer.stale, answer.window ?? 0);
    const change = netChange(stale, await heldAt(set, received), received);
    const differences = change.added.length + change.removed.length;
    this.#incomplete = answer.incomplete ?? 0;
    const serverRoot = answer.more ? undefined : answer.root;
    // Another client of the store was first, maybe with these very changes: only what follows a commit can be judged.
    if (!(await set.commit(change, { serverRoot }))) return "unequal";
    if (answer.more && differences === 0) throw badAnswer("the server has more changes, but sent none");
    this.applied(change);
    this.progress("changes");
    if (!answer.more) return equalBytes(set.root(), answer.root) ? "in-sync" : "unequal";
    this.#cells = Math.max(FIRST_CELLS, this.#cells - Math.floor(CELLS_PER_DIFFERENCE * differences));
    return "more";
  }

  async #pull(): Promise<RoundEnd> {
    if ((await pullEverything(this)) === "done") return "unequal";
    await this.#adoptManifest();
    return "manifest-changed";
  }

  /**
   * A request that names its collections is answered whatever manifest its sender goes by. So an answer that cannot be
   * used may come from a newer one: then that is the reason, and not an error.
   */
  async #unlessOutdated(step: () => Promise<RoundEnd>): Promise<RoundEnd> {
    try {
      return await step();
    } catch (error) {
      const { code } = error as DigestSyncError;
      if (code !== "bad-answer" || this.set.view.named === undefined) throw error;
      if (await this.#adoptManifest()) return "manifest-changed";
      throw error;
    }
  }

  /** Returns whether it is another than before. */
  async #adoptManifest(): Promise<boolean> {
    this.options.onManifest();
    return (await mending()).adoptServerManifest(kit, this.set, this.connection);
  }

  async #proven(serverRoot: Uint8Array): Promise<void> {
    const { set } = this;
    // Usually saved already: a sync that finds nothing new writes nothing.
    if (!equalBytes(set.state.serverRoot ?? EMPTY, serverRoot)) await set.commit(NO_CHANGE, { serverRoot });
  }

  #result(inSync: boolean): SyncResult {
    const { set, verifications: rounds } = this;
    const upserted = this.#upserted;
    const deleted = this.#deleted;
    const incomplete = this.#incomplete;
    const { frozen, changed } = set.view;
    const { count } = set;
    return {
      ...{ inSync, rounds, ...this.options.meter, upserted, deleted },
      ...{ count, root: set.root(), incomplete, frozen, changed },
    };
  }
}
