import { RootState } from "@digest-sync/core";
import type { Bench } from "../bench.js";
import { sqlite } from "../databases/sqlite.js";
import { someDigests } from "../digests.js";
import { figure, samples } from "../figures.js";
import { interleave, timed } from "../harness.js";

const name = "root.us_per_row";

export const root: Bench = {
  title: "Adding a row's digest to the root's state",
  kind: sqlite,
  names: () => [name],
  async *run({ size, wanted }) {
    if (!wanted(name)) return;
    const digests = someDigests(size.rows);
    const { add } = await interleave(
      {
        add: () => {
          const state = new RootState();
          return timed(() => {
            for (const digest of digests) state.add(digest);
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
