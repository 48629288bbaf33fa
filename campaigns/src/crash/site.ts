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

/** The database whose apps and servers die, as whoever cleans up sees it. */
export class Site {
  readonly #kind: DatabaseKind;
  readonly #plain: PrismaClient;
  readonly #digests: Digests;
  #connections = new Set<string>();

  constructor(kind: DatabaseKind, url: string) {
    this.#kind = kind;
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
    const [row] = await this.#query<{ count: number | bigint }>(`SELECT count(*) AS "count" FROM "_digest_pending"`);
    return Number(row?.count ?? 0);
  }

  /** To be called while no app runs: these connections are ours. */
  async ownConnections(): Promise<void> {
    this.#connections = new Set(await this.#listConnections());
  }

  /** What a killed app has sent to a server may still be under way there. */
  async othersAreGone(): Promise<void> {
    while ((await this.#listConnections()).some((id) => !this.#connections.has(id))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
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

  async #listConnections(): Promise<string[]> {
    const list = {
      sqlite: undefined,
      postgresql: `SELECT pid::text AS "id" FROM pg_stat_activity WHERE datname = current_database()`,
      mysql: `SELECT CAST(id AS CHAR) AS "id" FROM information_schema.processlist WHERE db = DATABASE()`,
    }[this.#kind.provider];
    return list === undefined ? [] : (await this.#query<{ id: string }>(list)).map(({ id }) => id);
  }

  #query<R>(sql: string): Promise<R[]> {
    return this.#plain.$queryRawUnsafe<R[]>(spelled(this.#kind.provider, sql));
  }
}
