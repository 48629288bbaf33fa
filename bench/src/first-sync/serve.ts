import { digestSync } from "@digest-sync/prisma";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { startApp } from "../app.js";
import { cities, insertCities } from "../cities.js";
import type { Databases } from "../databases/kind.js";

/** An app that serves this many settled rows, and perhaps a page. */
export async function serve(databases: Databases, rows: number, page?: ReadonlyMap<string, string>) {
  const { plain, close } = await databases.filled(`cities-${rows}`, async (plain) => {
    await insertCities(plain, await cities(rows), manifest);
    const { $digests } = plain.$extends(digestSync(manifest, { delay: 1_000_000_000 }));
    await $digests.install();
    await $digests.settle();
  });
  const app = await startApp(plain, page);
  return {
    url: app.url,
    async close() {
      await app.close();
      await close();
    },
  };
}
