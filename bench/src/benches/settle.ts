import { digestSync } from "@digest-sync/prisma";
import type { Bench } from "../bench.js";
import { cities, insertCities } from "../cities.js";
import type { Kind } from "../databases/kind.js";
import { figure, samples } from "../figures.js";
import { interleave, type Timing, timed } from "../harness.js";

/** The background settler stays out of what `settle` itself is measured at. */
const never = { delay: 1_000_000_000 };

export const settle = (kind: Kind): Bench => {
  const { manifest, prefix } = kind;
  const fresh = `${prefix}settle.rows_per_s`;
  const again = `${prefix}settle.updated.rows_per_s`;
  return {
    title: `Settling rows that have no digest yet, and rows that were all updated (${kind.title}; real rows)`,
    kind,
    names: () => [fresh, again],
    async *run({ size, databases, wanted, progress }) {
      if (!wanted(fresh, again)) return;
      progress(`${size.settleRows} rows, ${size.settleRounds} times`);
      const updated: Timing[] = [];
      const { inserted } = await interleave(
        {
          inserted: async (counts) => {
            const database = await databases.filled("pending", async (plain) => {
              await insertCities(plain, await cities(size.settleRows), manifest);
              await plain.$extends(digestSync(manifest, never)).$digests.install();
            });
            const { $digests } = database.plain.$extends(digestSync(manifest, never));
            const settled = async () => {
              const { settled, errors } = await $digests.settle();
              if (settled !== size.settleRows || errors > 0)
                throw new Error(`${settled} rows settled, ${errors} failed.`);
            };
            await $digests.check();
            const first = await timed(settled);
            await database.plain.city.updateMany({ data: { population: { increment: 1 } } });
            const second = await timed(settled);
            if (counts) updated.push(second);
            await database.close();
            return first;
          },
        },
        size.settleRounds,
      );
      const perSecond = (ms: number) => (size.settleRows * 1000) / ms;
      yield figure(fresh, "rows/s", samples(inserted, perSecond), { best: Math.max });
      yield figure(again, "rows/s", samples(updated, perSecond), { best: Math.max });
    },
  };
};
