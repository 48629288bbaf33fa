import { DigestSyncClient } from "@digest-sync/client";
import { digestSync } from "@digest-sync/prisma";
import fc from "fast-check";
import { expect, test } from "vitest";
import { manifest as clientManifest } from "../prisma/generated/digest-sync/client.js";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase, randomRuns } from "./databases/index.js";
import { directFetch } from "./direct-fetch.js";
import { type Operation, operation } from "./random/operations.js";
import { digestsOfTables, digestsStored } from "./random/oracle.js";
import { perform } from "./random/perform.js";

const accounts = ["a0", "a1", "a2"];
/** Operations between two looks. */
const batch = 20;

async function world() {
  const database = await emptyDatabase("schema");
  const plain = database.closing(new PrismaClient({ adapter: database.adapter() }));
  const errors: unknown[] = [];
  const prisma = plain.$extends(digestSync(manifest, { delay: 1, onError: (error) => errors.push(error) }));
  await prisma.$digests.install();
  const client = (grant: string | string[]) =>
    new DigestSyncClient({
      url: "http://direct",
      manifest: clientManifest,
      fetch: directFetch(prisma.$digests, { id: grant, accountId: grant }),
    });
  const clients = [
    ...accounts.map((one) => ({ grant: [one], client: client(one) })),
    { grant: accounts, client: client(accounts) },
  ];
  return {
    prisma,
    clients,
    errors,
    perform: (one: Operation) => perform(one.by === "plain" ? plain : (prisma as unknown as PrismaClient), one),
    async look() {
      const { ok, findings, sums, unencodable } = await prisma.$digests.audit();
      expect({ ok, findings, sums, unencodable }).toEqual({ ok: true, findings: [], sums: [], unencodable: [] });
      expect(await digestsStored(plain)).toEqual(await digestsOfTables(plain));
      for (const { grant, client: one } of clients) {
        expect((await one.sync()).inSync).toBe(true);
        const where = { accountId: { in: grant } };
        expect(await one.collection("Contact").all()).toEqual(
          await plain.contact.findMany({ where, omit: { notes: true }, orderBy: { id: "asc" } }),
        );
        expect(await one.collection("Message").all()).toEqual(
          await plain.message.findMany({ where: { chat: where }, orderBy: { id: "asc" } }),
        );
        expect(await one.collection("Chat").all()).toEqual(
          await plain.chat.findMany({ where, orderBy: { id: "asc" } }),
        );
        expect((await one.collection("City").all()).length).toBe(await plain.city.count());
      }
      expect(errors).toEqual([]);
    },
    end: async () => {
      await prisma.$digests.stop();
      await database.remove();
    },
  };
}

async function holds(script: readonly Operation[]): Promise<number> {
  const here = await world();
  let written = 0;
  try {
    for (let at = 0; at < script.length; at += batch) {
      for (const one of script.slice(at, at + batch)) if (await here.perform(one)) written += 1;
      await here.look();
    }
    return written;
  } finally {
    await here.end();
  }
}

const seed = Number(process.env.SEED ?? 20261121);

test("invariants 1 and 4: after any writes by any path the digests are exact and clients converge", {
  timeout: 300_000,
}, async () => {
  let written = 0;
  const numRuns = randomRuns(30);
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 120, size: "max" }), async (script) => {
      written += await holds(script);
    }),
    { seed, numRuns, endOnFailure: false },
  );
  // A generator that only makes failing writes would prove nothing.
  expect(written).toBeGreaterThan(15 * numRuns);
});
