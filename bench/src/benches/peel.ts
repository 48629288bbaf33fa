import { limits, peel as peelSketch, Sketch } from "@digest-sync/core";
import type { Bench } from "../bench.js";
import { sqlite } from "../databases/sqlite.js";
import { someDigests } from "../digests.js";
import { figure, samples } from "../figures.js";
import { interleave, timed } from "../harness.js";

/** Changed rows, a third each inserted, updated and deleted: an update is two differences. */
const changed = 10_000;
const name = `peel.ms.d=${changed}`;

export const peel: Bench = {
  title: `Peeling the differences of ${changed.toLocaleString("en-US")} changed rows out of the longest sketch`,
  kind: sqlite,
  names: () => [name],
  async *run({ size, wanted }) {
    if (!wanted(name)) return;
    const onEachSide = Math.ceil((changed * 2) / 3);
    const a = Sketch.of(limits.cells);
    const b = Sketch.of(limits.cells);
    for (const digest of someDigests(onEachSide)) a.add(digest);
    for (const digest of someDigests(onEachSide, onEachSide)) b.add(digest);
    const difference = a.minus(b);
    const { peeled } = await interleave(
      {
        peeled: async () => {
          let elements: number | undefined;
          const timing = await timed(() => {
            const found = peelSketch(difference);
            elements = found === null ? undefined : (found.onlyA.length + found.onlyB.length) / 8;
          });
          if (elements !== 2 * onEachSide) throw new Error(`peel found ${elements} of ${2 * onEachSide} differences.`);
          return timing;
        },
      },
      size.rounds,
    );
    yield figure(
      name,
      "ms",
      samples(peeled, (ms) => ms),
    );
  },
};
