import { digestSync } from "@digest-sync/prisma";
import { expect, test } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { zeros } from "./databases/digest-tables.js";
import { emptyDatabase } from "./databases/index.js";

test("an audit finds a wrong stored digest, root and sketch, and mends them when asked to", async () => {
  const database = await emptyDatabase("schema");
  const prisma = database
    .closing(new PrismaClient({ adapter: database.adapter() }))
    .$extends(digestSync(manifest, { delay: 1_000_000 }));
  await prisma.$digests.install();
  await prisma.city.createMany({
    data: Array.from({ length: 1_100 }, (_, cityId) => ({
      ...{
        cityId,
        name: "n",
        altName: "",
        country: "CH",
        featureCode: "P",
        adminCode: "",
        population: 1,
        lat: 1,
        lon: 1,
      },
    })),
  });
  await prisma.$digests.settle();
  expect(await prisma.$digests.audit()).toMatchObject({ ok: true, rows: 1_100 });

  const place = { collection: "City", scope: "" };
  const wrong = [
    { write: `UPDATE "_digest_scope" SET "state" = ${zeros(512)}`, found: { findings: [], sums: [place] } },
    { write: `UPDATE "_digest_scope" SET "sketch" = ${zeros(4096)}`, found: { findings: [], sums: [place] } },
    {
      write: `UPDATE "_digest_row" SET "head" = "head" + 1 WHERE "key" = '7'`,
      found: { findings: [{ ...place, key: "7", kind: "different" }], sums: [place] },
    },
    {
      write: `DELETE FROM "_digest_row" WHERE "key" = '8'`,
      found: { findings: [{ ...place, key: "8", kind: "missing" }], sums: [place] },
    },
  ];
  for (const { write, found } of wrong) {
    await database.run(write);
    expect(await prisma.$digests.audit(), write).toMatchObject({ ok: false, ...found, repaired: false });
    expect(await prisma.$digests.audit({ repair: true }), write).toMatchObject({ ok: false, repaired: true });
    expect(await prisma.$digests.audit(), write).toMatchObject({ ok: true, findings: [], sums: [] });
  }
  await database.remove();
});
