import "reflect-metadata";
import { expect, test } from "vitest";
import { runCampaign } from "./src/campaign.js";

// `npm run faults -- --syncs 2000` is the long run.

const seed = Number(process.env.SEED ?? 20_26);

test(`every sync through a network that goes wrong converges, and no wrong row is ever visible (seed ${seed})`, async () => {
  const report = await runCampaign({ seed, syncs: 60 });
  expect(report.problems).toEqual([]);
  expect(report.calls).toBeGreaterThan(60);
  expect(Object.entries(report.faults).filter(([, count]) => count === 0)).toEqual([]);
}, 120_000);
