import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCentral } from "./central.js";
import { openEdge } from "./edge.js";
import { play } from "./story.js";

// A central PostgreSQL and a SQLite at the edge: `npm run edge` in the repository's root. The central database is the one
// of DATABASE_URL (an empty one: the example makes its tables), or PGlite in this process.

const cities = 20_000;
const folder = mkdtempSync(join(tmpdir(), "digest-sync-edge-"));
const central = await startCentral(process.env.DATABASE_URL);
const edge = await openEdge(central.url, join(folder, "edge.db"));
const row = (...[name, ...figures]: string[]) =>
  console.log(`${name!.padEnd(58)}${figures.map((figure) => figure.padStart(10)).join("")}`);
let allEqual = true;
try {
  row("what happened", "requests", "bytes", "rows", "ms", "equal?");
  for await (const { name, requests, bytes, rows, ms, equal } of play(central, edge, cities)) {
    allEqual &&= equal;
    row(
      name,
      ...[requests, bytes, rows, Math.round(ms)].map((figure) => figure.toLocaleString("en")),
      equal ? "yes" : "NO",
    );
  }
} finally {
  await edge.close();
  await central.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(allEqual ? 0 : 1);
