import { digestSync } from "@digest-sync/prisma";
import { describe, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { dropTrigger, installedTriggers } from "../databases/digest-tables.js";
import { emptyDatabase } from "../databases/index.js";

/**
 * Tests of triggers of the Account table, by the kind in their names: each with a write that it alone captures.
 * With the trigger an audit is clean; without it the audit finds the write, and `check` the trigger.
 */
export function eachIsNeeded(writes: Readonly<Record<string, string>>): void {
  describe.each(Object.entries(writes))("the %s trigger", (kind, write) => {
    test.each([true, false])("present: %s, so the audit is clean: the same", async (present) => {
      const database = await emptyDatabase("schema");
      const prisma = database
        .closing(new PrismaClient({ adapter: database.adapter() }))
        .$extends(digestSync(manifest, { delay: 1_000_000 }));
      await prisma.$digests.install();
      await prisma.account.createMany({
        data: ["a1", "a2"].map((id) => ({ id, name: id, email: `${id}@example.com` })),
      });
      await prisma.$digests.settle();
      if (!present) {
        const name = new RegExp(`^_digest_Account_${kind}_[0-9a-f]{8}$`);
        const [trigger, ...others] = (await installedTriggers(prisma)).filter((one) => name.test(one.name));
        expect(others).toEqual([]);
        await dropTrigger(prisma, trigger!);
      }

      await database.run(write);
      const { ok, findings } = await prisma.$digests.audit();
      expect(ok).toBe(present);
      expect(findings.length > 0).toBe(!present);

      if (!present) {
        const { problems } = await prisma.$digests.check();
        expect(problems).toEqual([expect.stringMatching(`trigger _digest_Account_${kind}_.* is missing`)]);
        expect((await prisma.$digests.audit({ repair: true })).repaired).toBe(true);
        expect((await prisma.$digests.audit()).ok).toBe(true);
      }
      await database.remove();
    });
  });
}
