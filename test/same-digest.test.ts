import { DigestSyncClient } from "@digest-sync/client";
import { compileDigest, compileRowEncoder, findCollection } from "@digest-sync/core";
import { digestSync } from "@digest-sync/prisma";
import { expect, test } from "vitest";
import { manifest as clientManifest } from "../prisma/generated/types/digest-sync/client.js";
import { manifest } from "../prisma/generated/types/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/types/prisma/client.js";
import { emptyDatabase } from "./database.js";
import { directFetch } from "./direct-fetch.js";

const plainRow = {
  ...{ string: "", int: 0, big: 0n, float: 0, decimal: "0", boolean: false, json: {} },
  ...{ dateTime: new Date(0), bytes: new Uint8Array(0), colour: "red" as const },
};

/** Values at the edges of what SQLite and Prisma hold. */
const edges = [
  { int: -2_147_483_648, big: -9_223_372_036_854_775_808n, float: -1.5e300, decimal: "-0.0000001000" },
  { int: 2_147_483_647, big: 9_223_372_036_854_775_807n, float: 5e-324, decimal: "12345678901.50" },
  { float: -0, decimal: "1e3", dateTime: new Date(-62_135_596_800_000), string: "\ud83d\ude00 e\u0301 \u00e9 \ufeff" },
  { float: 0.1 + 0.2, dateTime: new Date("9999-12-31T23:59:59.999Z"), string: "x".repeat(100_000) },
  {
    json: { a: [1, 1.5, -0, 1e300, null, "", {}], "": { b: true }, ["__proto__"]: 1 },
    bytes: new Uint8Array([0, 255]),
  },
  {
    json: [[[]], 2 ** 53 + 2, "\u0000"],
    stringOptional: "",
    jsonOptional: 0,
    bytesOptional: new Uint8Array(0),
  },
  {
    intOptional: 0,
    bigOptional: 0n,
    floatOptional: 0,
    decimalOptional: "0.0",
    booleanOptional: false,
    colour: "darkBlue",
  },
] as const;

test("invariant 3: the same row has the same digest in the database and on the client, for every type", async () => {
  const database = await emptyDatabase("types");
  const prisma = database
    .closing(new PrismaClient({ adapter: database.adapter() }))
    .$extends(digestSync(manifest, { delay: 1_000_000 }));
  await prisma.$digests.install();
  for (const [id, edge] of edges.entries())
    await prisma.everything.create({ data: { ...plainRow, ...edge, id } as never });
  const none = Object.fromEntries(manifest.collections.flatMap(({ scope }) => scope.map((path) => [path, []])));
  const client = new DigestSyncClient({
    url: "http://direct",
    manifest: clientManifest,
    fetch: directFetch(prisma.$digests, none),
  });
  expect(await client.sync()).toMatchObject({ inSync: true, count: edges.length });

  // Not only the bytes that were sent: what the reader sees encodes to the same digest again.
  const encode = compileRowEncoder(findCollection(clientManifest, "Everything"));
  const digest = compileDigest("Everything", clientManifest.algorithm);
  for (const row of await client.collection("Everything").all()) {
    const stored = await prisma.$digests.digest("Everything", String(row.id));
    expect(digest(encode({ ...row })), `row ${row.id}`).toEqual(stored);
  }
  await database.remove();
});
