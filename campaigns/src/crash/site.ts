import { setTimeout as pause } from "node:timers/promises";
import { type Digests, digestSync } from "@digest-sync/prisma";
import type { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";
import type { DatabaseKind } from "../databases/database.js";
import { spelled } from "../operations/writer.js";
import { differences, digestsOfTables, storedDigests } from "../oracle.js";
import { laneAccounts, type Position, read } from "./lane.js";

/** What a check after a crash has found. */
export interface Found {
  readonly faults: readonly string[];
  /** Writes that were committed although nobody was told. */
  readonly unheard: number;
}

interface Count {
  readonly count: number | bigint | string;
}

/** The database whose apps and servers die, as whoever cleans up sees it. */
export class Site {
  readonly #kind: DatabaseKind;
  readonly #plain: PrismaClient;
  readonly #digests: Digests;
  readonly #url: string;

  constructor(kind: DatabaseKind, url: string) {
    this.#kind = kind;
    this.#url = url;
    this.#plain = kind.client(url);
    const extended = this.#plain.$extends(digestSync(kind.manifest, { delay: 1_000_000 }));
    this.#digests = (extended as unknown as { readonly $digests: Digests }).$digests;
  }

  async prepare(): Promise<void> {
    await this.#digests.install();
    const data = laneAccounts.map((id) => ({ id, name: id, email: id }));
    await this.#plain.account.createMany({ data });
    await this.#digests.settle();
  }

  /** How many changes wait to be settled. */
  async pending(): Promise<number> {
    const [row] = await this.#query<Count>(`SELECT count(*) AS "count" FROM "_digest_pending"`);
    return Number(row?.count ?? 0);
  }

  /** What a killed app has sent to a server may still be under way there. */
  async othersAreGone(): Promise<void> {
    const others = {
      sqlite: undefined,
      postgresql: `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      mysql: `SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()`,
    }[this.#kind.provider];
    if (others === undefined) return;
    // Ours would count as others; the next query connects again.
    await this.#plain.$disconnect();
    const bare = await this.#kind.bare(this.#url);
    const count = `SELECT count(*) AS "count" FROM (${others}) o`;
    for (;;) {
      const result = (await bare.run(count)) as { rows: Count[] } | Count[];
      if (Number(("rows" in result ? result.rows : result)[0]?.count) === 0) break;
      await pause(10);
    }
    await bare.close();
  }

  /** Whether everything acknowledged is there and digested, with no app at work. Moves the positions to what is there. */
  async check(positions: ReadonlyMap<number, Position>): Promise<Found> {
    const faults: string[] = [];
    let unheard = 0;
    for (const [lane, position] of positions) {
      const actual = await read(this.#plain, lane);
      const expected = position.state;
      const where = position.find(actual);
      if (where === "one more") unheard += 1;
      if (where === "neither") {
        faults.push(`lost: lane ${lane}, step ${position.index}: ${JSON.stringify({ expected, actual })}`);
      }
    }
    const { ok, findings, sums, unencodable } = await this.#digests.audit();
    if (!ok || unencodable.length > 0) faults.push(`audit: ${JSON.stringify({ findings, sums, unencodable })}`);
    const expected = await digestsOfTables(this.#plain, this.#kind.manifest);
    faults.push(...differences(expected, await storedDigests(this.#plain, this.#kind.provider)));
    return { faults, unheard };
  }

  async close(): Promise<void> {
    await this.#plain.$disconnect();
  }

  #query<R>(sql: string): Promise<R[]> {
    return this.#plain.$queryRawUnsafe<R[]>(spelled(this.#kind.provider, sql));
  }
}
