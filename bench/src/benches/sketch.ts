import { Sketch } from "@digest-sync/core";
import type { Bench } from "../bench.js";
import { sqlite } from "../databases/sqlite.js";
import { someDigests } from "../digests.js";
import { figure, samples } from "../figures.js";
import { interleave, timed } from "../harness.js";

const name = "sketch.us_per_row";
const cells = 1_024;

export const sketch: Bench = {
  title: `Adding a row's digest to a sketch of ${cells.toLocaleString("en-US")} cells`,
  kind: sqlite,
  names: () => [name],
  async *run({ size, wanted }) {
    if (!wanted(name)) return;
    const digests = someDigests(size.rows);
    const { add } = await interleave(
      {
        add: () => {
          const sketch = Sketch.of(cells);
          return timed(() => {
            for (const digest of digests) sketch.add(digest);
          });
        },
      },
      size.rounds,
    );
    yield figure(
      name,
      "us",
      samples(add, (ms) => (ms * 1000) / digests.length),
    );
  },
};
