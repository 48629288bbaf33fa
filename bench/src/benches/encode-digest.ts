import { createHash } from "node:crypto";
import { compileRowDigest, findCollection } from "@digest-sync/core";
import { manifest } from "../../../prisma/generated/digest-sync/client.js";
import type { Bench } from "../bench.js";
import { cities } from "../cities.js";
import { sqlite } from "../databases/sqlite.js";
import { figure, samples } from "../figures.js";
import { interleave, timed } from "../harness.js";

export const encodeDigest: Bench = {
  title: "A row's canonical encoding and its SHA-256, against SHA-256 of JSON.stringify (real rows)",
  kind: sqlite,
  names: () => ["encode_digest.us_per_row"],
  async *run({ size, wanted }) {
    const name = "encode_digest.us_per_row";
    if (!wanted(name)) return;
    const rows = (await cities(size.rows)).map((city): Readonly<Record<string, unknown>> => ({ ...city }));
    const digestOf = compileRowDigest(findCollection(manifest, "City"), manifest.algorithm);
    const perRow = (ms: number) => (ms * 1000) / rows.length;
    const { ours, json } = await interleave(
      {
        ours: () =>
          timed(() => {
            for (const row of rows) digestOf(row);
          }),
        json: () =>
          timed(() => {
            for (const row of rows) createHash("sha256").update(JSON.stringify(row)).digest();
          }),
      },
      size.rounds,
    );
    yield figure(name, "us", samples(ours, perRow), { baseline: samples(json, perRow) });
  },
};
