import "reflect-metadata";
import { expect, test } from "vitest";
import { runCampaign } from "./src/campaign.js";

// `npm run faults -- --syncs 2000` is the long run.

const seed = Number(process.env.SEED ?? 20_26);

test.each([
  ["memory", 60],
  ["sqlite", 15],
] as const)(
  `into %s, %i syncs converge, and no wrong row is ever visible (seed ${seed})`,
  async (store, syncs) => {
    const report = await runCampaign({ seed, syncs, store });
    expect(report.problems).toEqual([]);
    expect(report.calls).toBeGreaterThan(syncs);
    if (syncs >= 60) expect(Object.entries(report.faults).filter(([, count]) => count === 0)).toEqual([]);
  },
  120_000,
);
