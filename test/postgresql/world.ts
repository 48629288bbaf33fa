import type { Scope } from "@digest-sync/engine";
import { digestSync } from "@digest-sync/prisma";
import { expect } from "vitest";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { emptyDatabase } from "../databases/index.js";

export { manifest, PrismaClient };

const accounts = ["a1", "a2", "a3"];
/** Everything of every account. */
export const all = { id: accounts, accountId: accounts, "chat.accountId": accounts };

export const extended = (client: PrismaClient) => client.$extends(digestSync(manifest, { delay: 1_000_000 }));

/** A database of the shared schema with everything installed, two accounts, and nothing that settles unasked. */
export async function world(prepare: readonly string[] = []) {
  const database = await emptyDatabase("schema");
  for (const statement of prepare) await database.run(statement);
  const plain = database.closing(new PrismaClient({ adapter: database.adapter() }));
  const prisma = extended(plain);
  await prisma.$digests.install();
  await plain.account.createMany({ data: ["a1", "a2"].map((id) => ({ id, name: id, email: `${id}@example.com` })) });
  return {
    database,
    plain,
    prisma,
    run: database.run,
    /** The rows a client of this grant holds, as soon as the server answers: on a busy machine settling may take too long for one request. */
    async count(grant: Scope = all): Promise<number> {
      for (;;) {
        try {
          return (await prisma.$digests.root(grant)).count;
        } catch (error) {
          if ((error as { code?: unknown }).code !== "settling") throw error;
        }
      }
    },
    /** Invariant 1. */
    audit: async () =>
      expect(await prisma.$digests.audit()).toMatchObject({ ok: true, findings: [], sums: [], unencodable: [] }),
    pending: async () =>
      (await database.run(`SELECT "collection", "scope", "key" FROM "_digest_pending" ORDER BY "id"`)).map(
        ({ collection, scope, key }) => [collection, scope, key],
      ),
    contacts: (ids: readonly string[], accountId = "a1") =>
      plain.contact.createMany({ data: ids.map((id) => ({ id, accountId, name: id })) }),
    end: () => database.remove(),
  };
}
