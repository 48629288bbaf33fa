import { DigestSyncClient, memoryStore } from "@digest-sync/client";
import { manifest, type Rows } from "../../../../prisma/generated/digest-sync/client.js";
import type { ExampleAccount } from "../app/accounts.js";

/** What bringing a copy up to date took. */
export interface Cost {
  readonly requests: number;
  /** Bytes of HTTP bodies sent. */
  readonly bytesUp: number;
  /** Bytes of HTTP bodies received. */
  readonly bytesDown: number;
  /** Rows that were put into the copy or dropped from it. */
  readonly rows: number;
  /** Milliseconds by the wall. */
  readonly ms: number;
}

export const free: Cost = { requests: 0, bytesUp: 0, bytesDown: 0, rows: 0, ms: 0 };

export function sum(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (total, cost) => ({
      requests: total.requests + cost.requests,
      bytesUp: total.bytesUp + cost.bytesUp,
      bytesDown: total.bytesDown + cost.bytesDown,
      rows: total.rows + cost.rows,
      ms: total.ms + cost.ms,
    }),
    free,
  );
}

/** A device with a copy of its account's data, over real HTTP. */
export class Device {
  readonly store = memoryStore();
  readonly client: DigestSyncClient<Rows>;

  /** @param fetch for tests: one that counts by itself */
  constructor(
    readonly account: ExampleAccount,
    readonly serverUrl: string,
    fetch: typeof globalThis.fetch = globalThis.fetch,
  ) {
    const headers = { authorization: `Bearer ${account.token}` };
    this.client = new DigestSyncClient({ url: `${serverUrl}/sync`, manifest, store: this.store, headers, fetch });
  }

  /** @param changesLikely whether something told the device that there may be changes */
  async sync(changesLikely: boolean): Promise<Cost> {
    const started = performance.now();
    const { inSync, requests, bytesUp, bytesDown, upserted, deleted } = await this.client.sync({ changesLikely });
    if (!inSync) throw new Error("The server kept changing while the device synced.");
    return { requests, bytesUp, bytesDown, rows: upserted + deleted, ms: performance.now() - started };
  }
}
