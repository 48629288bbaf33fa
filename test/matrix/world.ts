import type { DatabaseManifest, Digests, Provider } from "@digest-sync/engine";
import { digestSync } from "@digest-sync/prisma";
import { beside } from "./beside.js";
import type { MatrixDatabase } from "./database.js";
import { type Client, quoted } from "./operation.js";
import { pictureOf } from "./picture.js";
import { reseed } from "./seed.js";
import { driverWriter, prismaWriter, shellWriter, type Writer } from "./writers.js";

/** A database that is brought back to the seed between writes. */
export interface World {
  readonly provider: Provider;
  /** Looks, and is the plain client that writes. */
  readonly plain: Client;
  readonly writers: readonly Writer[];
  /** Undefined in the twin, which has no Digest Sync. */
  readonly digests?: Digests;
  /** The app's tables as text. */
  picture(): Promise<string>;
  /** The seed, with its digests settled and nothing pending. */
  reset(): Promise<void>;
  end(): Promise<void>;
}

/** Digest Sync's tables as they are after settling the seed, kept beside: settling anew for every cell takes longer. */
const kept = ["_digest_scope", "_digest_row"];
const keep = kept.map((table) => `CREATE TABLE "kept${table}" AS SELECT * FROM "${table}"`);
const restore = [
  ...["_digest_pending", "_digest_error", ...kept].map((table) => `DELETE FROM "${table}"`),
  ...kept.map((table) => `INSERT INTO "${table}" SELECT * FROM "kept${table}"`),
];

/** @param manifest with it, Digest Sync is installed; without, this is the twin that shows what writes do without us */
export async function createWorld(database: MatrixDatabase, manifest?: DatabaseManifest): Promise<World> {
  const { provider } = database;
  const plain = database.client();
  const connection = await database.connect();
  const run = async (statements: readonly string[]) => {
    await connection.execute(statements.map((sql) => `${quoted(sql, provider)};\n`).join(""));
  };
  for (const sql of beside[provider]) await connection.execute(sql);
  await run(reseed());

  const driver = driverWriter(provider, () => database.connect());
  const writers: Writer[] = [prismaWriter("plain client", plain, provider), driver];
  if (database.shell) writers.push(shellWriter(provider, database.shell));
  // A long delay: nothing settles in the background, so that pending changes can be looked at.
  const extended =
    manifest && (plain as unknown as ExtendableClient).$extends(digestSync(manifest, { delay: 1_000_000 }));
  if (extended) {
    await extended.$digests.install();
    await extended.$digests.settle();
    await run(keep);
    writers.unshift(prismaWriter("extended client", extended, provider));
  }
  return {
    provider,
    plain,
    writers,
    ...(extended && { digests: extended.$digests }),
    picture: () => pictureOf(plain, provider),
    reset: async () => {
      // Whatever a cell that failed has left open.
      await connection.execute("ROLLBACK").catch(() => {});
      await run(["BEGIN", ...reseed(), ...(extended ? restore : []), "COMMIT"]);
    },
    end: async () => {
      await driver.end();
      await connection.end();
      await extended?.$digests.stop();
      await database.remove();
    },
  };
}

/** What `$extends` makes of any of the generated clients. */
export interface ExtendableClient {
  $extends(extension: ReturnType<typeof digestSync>): Client & { readonly $digests: Digests };
}
