import { DigestSyncClient } from "@digest-sync/client";
import { digestSync } from "@digest-sync/prisma";
import { manifest as clientManifest } from "../../../prisma/generated/digest-sync/client.js";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { directFetch } from "../../../test/direct-fetch.js";
import type { Bench, Context, Entry } from "../bench.js";
import { CityChanges, thirds } from "../changes.js";
import { cities, insertCities } from "../cities.js";
import { sqlite } from "../databases/sqlite.js";
import { figure } from "../figures.js";
import { percentile } from "../harness.js";
import { Meter } from "../metered-fetch.js";
import { Random } from "../random.js";
import type { Size } from "../size.js";

export const wire: Bench = {
  kind: sqlite,
  title:
    "Bytes of all bodies, both ways, beside the row encodings, when d rows changed: " +
    "the client against the verifier, without HTTP (real rows)",
  names: ({ wire }) => wire.changed.flatMap((changed) => Object.values(namesOf(wire.cities, changed))),
  async *run(context) {
    const { size, wanted, progress } = context;
    const asked = size.wire.changed.filter((changed) => wanted(...Object.values(namesOf(size.wire.cities, changed))));
    if (asked.length === 0) return;
    const pair = await open(context);
    try {
      for (const changed of asked) {
        progress(`d=${changed}: ${size.wire.runs} syncs`);
        yield* measure(pair, changed, size.wire);
      }
    } finally {
      await pair.close();
    }
  },
};

function namesOf(rows: number, changed: number) {
  const bytes = `wire.n=${rows < 1000 ? rows : `${Math.floor(rows / 1000)}k`}.d=${changed}`;
  return { bytes, p99: `${bytes}.p99`, requests: `${bytes}.requests.p99`, single: `${bytes}.one_request.share` };
}

/** A server's database and a client that is in sync with it. Changes accumulate: each run starts where one ended. */
interface Pair {
  readonly changes: CityChanges;
  readonly client: DigestSyncClient;
  readonly meter: Meter;
  settle(): Promise<unknown>;
  close(): Promise<void>;
}

async function open({ databases, size, progress }: Context): Promise<Pair> {
  progress(`a database of ${size.wire.cities} rows and a client that holds them`);
  const rows = await cities(size.wire.cities);
  const { plain, close } = await databases.empty();
  await insertCities(plain, rows, manifest);
  const { $digests } = plain.$extends(digestSync(manifest, { delay: 1_000_000_000 }));
  await $digests.install();
  await $digests.settle();
  const meter = new Meter(directFetch($digests, { id: "a1", accountId: "a1" }));
  const client = new DigestSyncClient({ url: "http://direct", manifest: clientManifest, fetch: meter.fetch });
  const { inSync, count } = await client.sync();
  if (!inSync || count !== rows.length) throw new Error(`The client holds ${count} of ${rows.length} rows.`);
  const changes = new CityChanges(plain, rows, new Random(1));
  return { changes, client, meter, settle: () => $digests.settle(), close };
}

async function* measure(pair: Pair, changed: number, { cities, runs }: Size["wire"]): AsyncGenerator<Entry> {
  const bytes: number[] = [];
  const requests: number[] = [];
  for (let run = 0; run < runs; run++) {
    const sync = await syncAfter(pair, changed, run);
    bytes.push(sync.bytes);
    requests.push(sync.requests);
  }
  const names = namesOf(cities, changed);
  yield figure(names.bytes, "B", { wall: bytes });
  yield { name: names.p99, value: percentile(bytes, 0.99), unit: "B", rounds: runs };
  yield { name: names.requests, value: percentile(requests, 0.99), unit: "requests", rounds: runs };
  const single = requests.filter((count) => count === 1).length;
  yield { name: names.single, value: (100 * single) / runs, unit: "%", rounds: runs };
}

/** What one sync costs after this many rows changed. It must find exactly these, or the figure would mean nothing. */
async function syncAfter({ changes, client, meter, settle }: Pair, changed: number, run: number) {
  const change = thirds(changed, run);
  await changes.make(change);
  // As the background settler does within a tenth of a second.
  await settle();
  meter.reset();
  const result = await client.sync({ changesLikely: changed > 0 });
  const { inserted, updated, deleted } = change;
  if (!result.inSync || result.upserted !== inserted + updated || result.deleted !== deleted) {
    throw new Error(
      `${JSON.stringify(change)} came as ${result.upserted} upserted and ${result.deleted} deleted rows.`,
    );
  }
  if (result.bytesUp + result.bytesDown !== meter.bytes || result.requests !== meter.requests) {
    throw new Error("The client counts other bytes or requests than the wire.");
  }
  return { bytes: meter.bytes - meter.rowBytes, requests: meter.requests };
}
