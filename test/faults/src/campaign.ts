import { DigestSyncClient, type LocalStore, memoryStore } from "@digest-sync/client";
import { sqliteStore, synchronousDriver } from "@digest-sync/client/sqlite";
import Database from "libsql";
import { Random } from "../../../fuzz/src/random.js";
import type { Environment } from "../../../packages/client/src/environment.js";
import { manifest } from "../../../prisma/generated/digest-sync/client.js";
import { contentsOf, History, Sightings } from "./history.js";
import { type Fault, FaultProxy } from "./proxy.js";
import { type AccountId, accounts, collections, type Server, startServer } from "./server.js";

export interface CampaignOptions {
  readonly seed: number;
  /** Each of them has to converge. */
  readonly syncs: number;
  /** How likely an exchange meets a fault. Default 0.4. */
  readonly rate?: number;
  /** What devices keep their copies in. Default: memory. */
  readonly store?: StoreName;
  readonly onProgress?: (done: number) => void;
}

export interface CampaignReport {
  readonly syncs: number;
  /** Calls of `sync()`: one that fails is made again, as an app would. */
  readonly calls: number;
  readonly exchanges: number;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly writes: number;
  /** Rows that became visible, each of them looked up in the server's history. */
  readonly rowsSeen: number;
  /** Nothing, if all is well. */
  readonly problems: readonly string[];
}

const TIMEOUT = 3_600_000;
/** Attempts after which a sync counts as one that does not converge. */
const MOST_CALLS = 200;

/** Pauses pass at once, and a timeout ends when the proxy says that no answer will come. */
class CampaignClock implements Environment {
  private readonly waiting = new Set<() => void>();
  private time = 0;
  constructor(private readonly chance: Random) {}
  now = () => this.time;
  random = () => this.chance.below(1_000) / 1_000;
  sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    if (milliseconds < TIMEOUT) {
      this.time += milliseconds;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
      signal?.addEventListener("abort", wake);
    });
  };
  expire(): void {
    for (const wake of this.waiting) wake();
  }
}

export const stores = {
  memory: () => memoryStore(),
  sqlite: () => sqliteStore(synchronousDriver(new Database(":memory:"))),
};
export type StoreName = keyof typeof stores;

/** The copy of one device. */
class Device {
  readonly sightings = new Sightings();
  readonly store: LocalStore;
  readonly sync: DigestSyncClient;

  constructor(
    readonly name: string,
    readonly account: AccountId,
    url: string,
    store: LocalStore,
    clock: Environment,
  ) {
    this.store = this.sightings.watching(store);
    const headers = { authorization: account, "x-client": name };
    this.sync = new DigestSyncClient({ url, manifest, store: this.store, headers, timeout: TIMEOUT }, clock);
  }
}

/**
 * Devices sync through a proxy that goes wrong while the server's rows change. After each sync its device holds what the
 * server holds, and no row it ever showed is one that the server never had.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const { seed, syncs, rate = 0.4, store = "memory", onProgress } = options;
  const random = new Random(seed);
  const clock = new CampaignClock(random);
  const server = await startServer();
  const histories = { a1: new History(manifest), a2: new History(manifest) };
  const problems: string[] = [];
  let writes = 0;
  let calls = 0;
  let rowsSeen = 0;
  /** How likely the rows change while a request is under way. */
  let busy = 0;

  const note = async () => {
    for (const account of accounts) histories[account].add(await server.rows(account));
  };
  const write = async () => {
    writes += 1;
    await server.write(random);
    await note();
  };
  const proxy = await FaultProxy.start({
    ...{ target: server.port, random, rate },
    onExchange: async () => {
      if (random.chance(busy)) await write();
    },
    onSilence: () => clock.expire(),
  });
  const newDevice = (i: number, account: AccountId) => new Device(`${i}`, account, proxy.url, stores[store](), clock);
  try {
    await note();
    const devices = ["a1", "a1", "a2"].map((account, i) => newDevice(i, account as AccountId));
    for (let done = 0; done < syncs && problems.length < 10; done++) {
      const fresh = random.chance(0.02);
      const at = random.below(devices.length);
      if (fresh) devices[at] = newDevice(at, devices[at]!.account);
      const device = devices[at]!;
      for (let i = random.size(0, 6); i > 0; i--) await write();
      busy = random.chance(0.5) ? 0.3 : 0;
      const history = histories[device.account];
      const onProblem = (text: string) => problems.push(`sync ${done}, device ${device.name}: ${text}`);
      for (let attempts = 1; ; attempts++) {
        // Whatever goes on, in the end the writer rests.
        if (attempts > 10) busy = 0;
        const { replayed } = proxy;
        calls += 1;
        const result = await device.sync.sync({ changesLikely: random.chance(0.5) }).catch((error: Error) => error);
        const inSync = !(result instanceof Error) && result.inSync;
        if (inSync && !history.hasState(await contentsOf(device.store, collections))) {
          onProblem("calls itself in sync with a state that the server never had");
        }
        // An answer that is repeated later was true when it was given; nothing in it tells that it is late.
        if (inSync && busy === 0 && replayed === proxy.replayed) break;
        if (inSync) busy = 0;
        if (attempts < MOST_CALLS) continue;
        onProblem(`not in sync after ${attempts} calls: ${result}`);
        break;
      }
      rowsSeen += await check(device, server, histories[device.account], (text) =>
        problems.push(`sync ${done}: ${text}`),
      );
      onProgress?.(done + 1);
    }
    const { met, exchanges } = proxy;
    return { syncs, calls, exchanges, faults: met, writes, rowsSeen, problems };
  } finally {
    await proxy.stop();
    await server.close();
  }
}

/** Compares a device with the server, and what it showed with what the server ever had. Resolves to the rows it showed. */
async function check(
  { account, sightings, store }: Device,
  server: Server,
  history: History,
  onProblem: (text: string) => void,
): Promise<number> {
  const seen = sightings.take();
  const wrong = seen.find(({ address, encoding }) => !history.has(address, encoding));
  if (wrong) onProblem(`showed a row that the server never had: ${wrong.address} ${wrong.encoding}`);
  const wanted = history.encoded(await server.rows(account));
  const held = await contentsOf(store, collections);
  const addresses = new Set([...Object.keys(wanted), ...Object.keys(held)]);
  const different = [...addresses].filter((address) => wanted[address] !== held[address]);
  if (different.length > 0) onProblem(`differs in ${different.length} rows: ${different.slice(0, 3)}`);
  return seen.length;
}
