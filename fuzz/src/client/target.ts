import { DigestSyncClient, type LocalStore, memoryStore } from "@digest-sync/client";
import { equalBytes } from "@digest-sync/core";
import { manifest } from "../../../prisma/generated/digest-sync/client.js";
import { mutateBytes } from "../mutate.js";
import { Random } from "../random.js";
import { Series } from "../statistics.js";
import type { TargetOptions } from "../target.js";
import { tampering } from "./hostile.js";
import { tamperedFetch } from "./tampering.js";
import { openWorld, type Snapshot, snapshotOf, storeOf, type World } from "./world.js";

/** Wide enough for any honest sync here, narrow enough to see the end of a hostile one. */
const budget = { maxRequests: 60, maxAnswerBytes: 4_000_000, maxDownloadBytes: 64_000_000, retries: 2 };
/** Milliseconds for one exchange, told apart from every other pause by its value. */
const timeout = 12_345;
/** Milliseconds after which a sync counts as one that never ends. */
const patience = 30_000;

/** Pauses take no time, but for the one after which a server counts as one that never answers: that takes `unanswered`. */
const environmentOf = (unanswered: number) => ({
  now: () => 1_700_000_000_000,
  random: () => 0.5,
  sleep: (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds === timeout ? unanswered : 0);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
});
const hostileEnvironment = environmentOf(400);
/** An honest server always answers: how long that takes is the machine's affair. */
const honestEnvironment = environmentOf(600_000);

/** Lets clients in all kinds of states sync with hostile servers until time is up. Returns the figures. */
export async function attackClient({ seed, until, findings, print }: TargetOptions): Promise<Record<string, unknown>> {
  const world = await openWorld();
  const outcomes: Record<string, number> = {};
  const requests = new Series();
  const time = new Series();
  const snapshots: Snapshot[] = [await freshSnapshot(world)];
  let index = 0;
  try {
    for (; performance.now() < until; index++) {
      const random = new Random(seed, index);
      if (index % 40 === 39) {
        await world.write(index);
        snapshots.push(await freshSnapshot(world));
        if (snapshots.length > 6) snapshots.splice(1, 1);
        print(`client: ${index + 1} hostile syncs, ${JSON.stringify(outcomes)}`);
      }
      const start = random.pick(["empty", "current", "stale", "stale", "corrupted"] as const);
      const store = await storeIn(start, random, snapshots);
      const hostile = tampering(random);
      const fault = await oneCase(world, store, start, hostile, (what, number, milliseconds) => {
        outcomes[what] = (outcomes[what] ?? 0) + 1;
        requests.add(number, hostile.name);
        time.add(milliseconds, hostile.name);
      });
      if (fault) findings.add({ target: "client", what: fault, label: `${start}, ${hostile.name}`, seed, index });
    }
  } finally {
    await world.close();
  }
  return { syncs: index, outcomes, requests: requests.summary, milliseconds: time.summary };
}

async function freshSnapshot(world: World): Promise<Snapshot> {
  const store = memoryStore();
  await new DigestSyncClient(
    { url: "http://direct", manifest, store, timeout, fetch: world.honest },
    honestEnvironment,
  ).sync();
  return snapshotOf(store);
}

async function storeIn(start: string, random: Random, snapshots: readonly Snapshot[]): Promise<LocalStore> {
  if (start === "empty") return memoryStore();
  const snapshot = start === "current" ? (snapshots.at(-1) as Snapshot) : random.pick(snapshots);
  if (start !== "corrupted") return storeOf(snapshot);
  const rows = snapshot.rows.flatMap((row) => {
    if (random.chance(0.99)) return [row];
    return random.chance(0.3) ? [] : [{ ...row, encoding: mutateBytes(random, row.encoding) }];
  });
  const state = random.chance(0.2) ? snapshot.state.slice(random.below(20)) : snapshot.state;
  return storeOf({ rows, state });
}

type Report = (outcome: string, requests: number, milliseconds: number) => void;

/** One hostile sync, and what must hold after it. Returns what does not. */
async function oneCase(
  world: World,
  store: LocalStore,
  start: string,
  hostile: ReturnType<typeof tampering>,
  report: Report,
): Promise<string | undefined> {
  let calls = 0;
  const fetch = tamperedFetch(world.honest, hostile);
  const counted: typeof fetch = (...call) => {
    calls += 1;
    return fetch(...call);
  };
  const options = { url: "http://hostile", manifest, store, timeout, ...budget };
  const client = new DigestSyncClient({ ...options, fetch: counted }, hostileEnvironment);
  const started = performance.now();
  const ending = await Promise.race([
    client.sync({ changesLikely: true }).then(
      (result) => ({ result }),
      (error: Error & { code?: string }) => ({ error }),
    ),
    new Promise<"never">((resolve) => setTimeout(resolve, patience, "never").unref()),
  ]);
  if (ending === "never") return "the sync never ends";
  const outcome = "error" in ending ? String(ending.error.code) : ending.result.inSync ? "in sync" : "not in sync";
  report(outcome, calls, performance.now() - started);
  if ("error" in ending && ending.error.name !== "DigestSyncError") return `rejected with ${ending.error.stack}`;
  if (calls > budget.maxRequests) return `${calls} requests`;
  if ("result" in ending && ending.result.inSync && !hostile.isForger) {
    if (!equalBytes(ending.result.root, await world.root())) return "in sync, it says, with another root";
  }
  const { corrupted, sumsRepaired } = await client.audit();
  // A copy that was broken before may be so after a sync that failed early.
  if (start !== "corrupted" && (corrupted.length > 0 || sumsRepaired)) {
    return `the audit finds ${corrupted.length} rows, sums ${sumsRepaired ? "wrong" : "right"}`;
  }
  return converges(world, store);
}

/** The server is honest again: within two syncs everything is well. */
async function converges(world: World, store: LocalStore): Promise<string | undefined> {
  const client = new DigestSyncClient(
    { url: "http://honest", manifest, store, timeout, fetch: world.honest },
    honestEnvironment,
  );
  try {
    const { inSync, root, count } = await client.sync();
    if (!inSync) return "does not converge with an honest server";
    if (!equalBytes(root, await world.root())) return "in sync with an honest server, with another root";
    const { corrupted, sumsRepaired } = await client.audit();
    if (corrupted.length > 0 || sumsRepaired) return "in sync with an honest server, and the audit finds something";
    let rows = 0;
    for (const { name } of manifest.collections) rows += (await client.collection(name as "Contact").all()).length;
    return rows === count ? undefined : `${rows} rows of ${count}`;
  } catch (error) {
    return `fails with an honest server: ${(error as Error).stack}`;
  }
}
