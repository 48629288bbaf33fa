import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCentral } from "../src/central.js";
import { openEdge } from "../src/edge.js";
import { play, type Step } from "../src/story.js";

test("a SQLite database at the edge follows a central PostgreSQL, whatever happens to either", async () => {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-edge-"));
  const central = await startCentral();
  const edge = await openEdge(central.url, join(folder, "edge.db"));
  try {
    const steps: Step[] = [];
    for await (const step of play(central, edge, 1_500)) steps.push(step);
    expect(steps.map(({ name, equal }) => [name, equal])).toEqual(steps.map(({ name }) => [name, true]));
    expect(steps.map(({ rows }) => rows > 0)).toEqual([true, false, true, true, true]);
    expect(steps[1]).toMatchObject({ requests: 1 });
    expect(steps[1]!.bytes).toBeLessThan(700);
  } finally {
    await edge.close();
    await central.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
