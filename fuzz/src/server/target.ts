import { bounds, type Measure, measures } from "../bounds.js";
import { Random } from "../random.js";
import { Series } from "../statistics.js";
import type { TargetOptions } from "../target.js";
import { attack, type Knowledge } from "./attacks.js";
import { faultOf } from "./check.js";
import { Known, WellBehaved } from "./known.js";
import type { Measured, Platform } from "./remote.js";
import { Remote } from "./remote.js";
import { fire, type Shot } from "./shot.js";
import { shrink } from "./shrink.js";

const batch = 150;
const platforms: readonly Platform[] = ["express", "fastify"];
const accounts = ["ada", "bob", "empty", "many"];
/** A cost past its bound counts only if it is so every time. */
const repeats = 20;

/** Attacks the apps until time is up. Returns the figures. */
export async function attackServer(options: TargetOptions): Promise<Record<string, unknown>> {
  const { seed, findings, print } = options;
  const remote = await Remote.start(options.scale);
  const series = { cpu: new Series(), blocked: new Series(), heap: new Series() };
  const statuses: Record<string, number> = {};
  let index = 0;
  try {
    await warmUp(remote);
    for (let round = 0; performance.now() < options.until && !remote.ended; round++) {
      await remote.send({ do: "write", seed: round });
      const knowledge = await learn(remote);
      for (let i = 0; i < batch && performance.now() < options.until; i++, index++) {
        const shot = attack(new Random(seed, index), knowledge);
        const { value: outcome, measured } = await remote.measure(() => fire(shot, remote.urls));
        const status = typeof outcome === "string" ? outcome : String(outcome.status);
        statuses[status] = (statuses[status] ?? 0) + 1;
        for (const measure of measures) series[measure].add(measured[measure], `${shot.account} ${shot.label}`);
        await judge(options, remote, shot, index, faultOf(shot, outcome), measured);
      }
      await parallel(options, remote, knowledge, index);
      for (const platform of platforms) await stillServes(options, remote, platform, index);
      if (round % 5 === 0)
        print(`server: ${index} requests, ${JSON.stringify(statuses)}, cpu p99 ${series.cpu.summary.p99} ms`);
    }
    if (!remote.ended && (await remote.send({ do: "audit" })) !== true) {
      findings.add({ target: "server", what: "the audit finds something", label: "at the end", seed, index });
    }
  } catch (error) {
    findings.add({ target: "server", what: String((error as Error).message), label: "", seed, index });
  } finally {
    remote.stop();
  }
  const costs = Object.fromEntries(measures.map((measure) => [measure, series[measure].summary]));
  return { requests: index, statuses, ...costs };
}

/** So that compiling the code is not on the bill of the first requests. */
async function warmUp(remote: Remote): Promise<void> {
  const knowledge = await learn(remote);
  for (let i = 0; i < 100; i++) await fire(attack(new Random(0x5eed, i), knowledge), remote.urls);
}

async function learn(remote: Remote): Promise<Knowledge> {
  const known = new Map<string, Known>();
  for (const account of accounts) known.set(account, await Known.of(account, remote.urls.express));
  return known;
}

async function judge(
  { seed, findings, print }: TargetOptions,
  remote: Remote,
  shot: Shot,
  index: number,
  fault: string | undefined,
  measured: Measured,
): Promise<void> {
  const label = labelOf(shot);
  const logged = measured.errors.find((line) => !isExpected.test(line));
  const what = fault ?? (logged && `logged: ${logged.split("\n").slice(0, 4).join(" | ")}`);
  if (what && findings.isNew("server", what)) {
    const input = await shrink(shot, async (smaller) => {
      const { value, measured } = await remote.measure(() => fire(smaller, remote.urls));
      return logged ? measured.errors.length > 0 : faultOf(smaller, value) !== undefined;
    });
    findings.add({ target: "server", what, label, seed, index, input: Buffer.from(input).toString("hex") });
  }
  for (const measure of measures.filter((one) => measured[one] > bounds[one])) {
    const what = `${measure} past ${bounds[measure]} (${kindOfShot(shot)})`;
    if (!findings.isNew("server", what)) continue;
    const least = await leastCost(remote, shot, measure);
    if (least <= bounds[measure]) continue;
    print(`${measure} ${least.toFixed(1)} at least, of ${repeats}`);
    findings.add({ target: "server", what, label: `${label}: ${least.toFixed(1)}`, seed, index, input: hexOf(shot) });
  }
}

/** What resolvers throw on purpose; and connections that end while a parser of the app reads. */
const isExpected = /fuzz\/src\/server\/app\.js|^Error: (request )?aborted/;

const labelOf = ({ platform, account, method, path, headers, wire, label, body }: Shot) =>
  `${platform} ${account} ${method} ${path} ${JSON.stringify(headers)} ${wire} ${label}, ${body.length} bytes`;

const kindOfShot = ({ path, account, label }: Shot) =>
  `${path} by ${account}, ${label.split(" ").at(-1)?.split("/")[0]}`;

const hexOf = ({ body }: Shot) =>
  Buffer.from(body.subarray(0, 2_000)).toString("hex") + (body.length > 2_000 ? "..." : "");

/** The least of many repetitions, further and further apart: what other processes add to the cost comes in waves. */
async function leastCost(remote: Remote, shot: Shot, measure: Measure): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats && least > bounds[measure]; i++) {
    if (i >= 5) await new Promise((resolve) => setTimeout(resolve, 50 * i));
    const { measured } = await remote.measure(() => fire(shot, remote.urls), true);
    least = Math.min(least, measured[measure] / (measure === "heap" ? 1 : measured.slowness));
  }
  return least;
}

/** Many at once: none may crash the others, and memory must not pile up. */
async function parallel(options: TargetOptions, remote: Remote, knowledge: Knowledge, index: number): Promise<void> {
  const random = new Random(options.seed, -1 - index);
  const shots = Array.from({ length: 24 }, () => attack(random, knowledge));
  const outcomes = await Promise.all(shots.map((shot) => fire(shot, remote.urls)));
  outcomes.forEach((outcome, i) => {
    const shot = shots[i] as Shot;
    const what = faultOf(shot, outcome);
    if (!what) return;
    const { seed, findings } = options;
    findings.add({
      target: "server",
      what: `in parallel: ${what}`,
      label: labelOf(shot),
      seed,
      index,
      input: hexOf(shot),
    });
  });
}

async function stillServes(
  { seed, findings }: TargetOptions,
  remote: Remote,
  platform: Platform,
  index: number,
): Promise<void> {
  for (const account of ["ada", "bob"]) {
    let why = "";
    const isFine = await new WellBehaved(account, remote.urls, platform).sync().catch((error: Error) => {
      why = error.message;
      return false;
    });
    if (isFine) continue;
    findings.add({
      target: "server",
      what: `a well-behaved client no longer syncs ${why}`,
      label: platform,
      seed,
      index,
    });
  }
}
