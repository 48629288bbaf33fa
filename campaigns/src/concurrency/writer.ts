import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../../../fuzz/src/random.js";
import { databases } from "../databases/index.js";
import { isConflict, isLate } from "../operations/errors.js";
import { catalogueOf, type Operation, operationAt } from "../operations/operation.js";
import { perform, performTogether } from "../operations/perform.js";
import type { Task, WriterSays, Written } from "./messages.js";

// One of several processes that write to the same few rows.

/** Attempts at a write that met another. */
const attempts = 10;
/** Operations before it counts: a client's first ones take long. */
const warmUp = 20;
/** Operations of one transaction, every third time. */
const together = 4;

const say = (said: WriterSays) => process.send?.(said);
process.on("disconnect", () => process.exit());

process.once("message", async ({ database, url, seed, number, seconds, without }: Task) => {
  const kind = databases[database]!;
  const plain = kind.client(url);
  const writers = { plain, extended: plain, bare: await kind.bare(url) };
  const catalogue = catalogueOf(kind.provider, without);
  const random = new Random(seed, number);
  const operations = (function* (): Generator<Operation> {
    for (let index = 0; ; index++) yield operationAt(catalogue, seed + 1 + number, index);
  })();
  const next = () => operations.next().value as Operation;
  const result = { written: 0, refused: 0, conflicts: 0, late: 0, times: [] as number[], faults: [] as string[] };

  async function attempt(write: () => Promise<boolean>, what: () => string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const started = performance.now();
      try {
        if (await write()) {
          result.written += 1;
          result.times.push(performance.now() - started);
        } else result.refused += 1;
        return;
      } catch (error) {
        if (isConflict(error)) {
          result.conflicts += 1;
          if (tries === attempts) return;
          await pause(random.below(10 * tries));
        } else if (isLate(error)) {
          result.late += 1;
          return;
        } else {
          if (result.faults.length < 5) result.faults.push(`${what()} ended with ${String((error as Error).stack)}`);
          return;
        }
      }
    }
  }

  async function writeSomething(): Promise<void> {
    if (random.chance(0.33)) {
      const list = Array.from({ length: 2 + random.below(together - 1) }, next);
      const ending = random.chance(0.2) ? "rolled back" : "committed";
      await attempt(
        () => performTogether(catalogue, writers, list, ending),
        () => JSON.stringify(list),
      );
    } else {
      const one = next();
      await attempt(
        () => perform(catalogue, writers, one),
        () => JSON.stringify(one),
      );
    }
  }

  for (let index = 0; index < warmUp; index++) await writeSomething();
  Object.assign(result, { written: 0, refused: 0, conflicts: 0, late: 0, times: [] });
  say({ say: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  for (const until = performance.now() + seconds * 1_000; performance.now() < until; ) await writeSomething();
  const written: Written = result;
  say({ say: "done", written });
});
