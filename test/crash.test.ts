import { once } from "node:events";
import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { pendingChanges } from "./databases/digest-tables.js";
import { can, emptyDatabase, provider, type TestDatabase } from "./databases/index.js";
import { answer, kill, start } from "./processes/start.js";

/** Moments of a settler's death: while it reads, in its transactions, between two batches. */
const moments = provider === "sqlite" ? [1, 5, 7, 8, 9, 11] : [1, 3, 5, 7, 9, 11, 14];

describe.runIf(can.severalConnections)(
  "invariant 2: a crash at any point loses neither a write nor its pending change",
  () => {
    let database: TestDatabase;
    let prisma: ReturnType<typeof extended>;

    function extended(client: PrismaClient) {
      return client.$extends(digestSync(manifest, { delay: 1_000_000 }));
    }

    beforeEach(async () => {
      database = await emptyDatabase("schema");
      prisma = extended(database.closing(new PrismaClient({ adapter: database.adapter() })));
      await prisma.$digests.install();
      await prisma.account.createMany({
        data: Array.from({ length: 2_500 }, (_, i) => ({ id: `a${i}`, name: "whole", email: `a${i}@example.com` })),
      });
    });
    afterEach(() => database.remove());

    test.each(moments)("a settler that dies before its statement %i", async (statement) => {
      const settler = await start("settle", database, statement);
      expect(await once(settler, "exit")).toEqual([null, "SIGKILL"]);
      expect(await prisma.$digests.audit()).toMatchObject({ ok: true, rows: 2_500, unencodable: [] });
    });

    test("a writer that is killed before its commit", async () => {
      await prisma.$digests.settle();
      const before = await prisma.$digests.root({ id: "a1", accountId: [] });
      const writer = await start("write", database);
      expect(await answer(writer)).toBe("written");
      await kill(writer);
      expect(await prisma.account.count({ where: { name: "whole" } })).toBe(2_500);
      expect(await pendingChanges(prisma)).toEqual([]);
      expect(await prisma.$digests.root({ id: "a1", accountId: [] })).toEqual(before);
      expect((await prisma.$digests.audit()).ok).toBe(true);
    });
  },
);
