import { DigestSyncClient, type Manifest, registerAlgorithm } from "@digest-sync/client";
import { crc32, md5, sha1 } from "@digest-sync/core/weak-algorithms";
import { type DatabaseManifest, digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manifest as newest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "./databases/index.js";
import { directFetch } from "./direct-fetch.js";

// Client and server of different versions: they converge on what both know, and say what they did.

let database: TestDatabase;
let plain: PrismaClient;

beforeEach(async () => {
  database = await emptyDatabase("schema");
  plain = database.closing(new PrismaClient({ adapter: database.adapter() }));
  await plain.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
  await plain.contact.createMany({
    data: Array.from({ length: 50 }, (_, i) => ({
      id: `c${i}`,
      accountId: "a1",
      name: `n${i}`,
      phone: i % 2 ? "1" : null,
    })),
  });
  await plain.city.create({
    data: {
      cityId: 1,
      name: "Bern",
      altName: "",
      country: "CH",
      featureCode: "P",
      adminCode: "",
      population: 1,
      lat: 1,
      lon: 1,
    },
  });
});
afterEach(() => database.remove());

async function serverOf(manifest: DatabaseManifest) {
  const { $digests } = plain.$extends(digestSync(manifest, { delay: 1_000_000 }));
  await $digests.install();
  await $digests.settle();
  return directFetch($digests, { id: "a1", accountId: "a1" });
}

const clientOf = (manifest: Manifest, fetch: typeof globalThis.fetch) =>
  new DigestSyncClient({ url: "http://direct", manifest, fetch });

/** The newest manifest without a field of Contact. */
function without(field: string, manifest: DatabaseManifest = newest): DatabaseManifest {
  const collections = manifest.collections.map((one) =>
    one.name === "Contact" ? { ...one, fields: one.fields.filter(({ name }) => name !== field) } : one,
  );
  return { ...manifest, collections };
}
const withoutCollection = (name: string): DatabaseManifest => ({
  ...newest,
  collections: newest.collections.filter((one) => one.name !== name),
});
const names = (manifest: Manifest) => manifest.collections.map(({ name }) => name);

test("an old client of a server that has a new field keeps the field's bytes and is in sync", async () => {
  const client = clientOf(without("phone"), await serverOf(newest));
  expect(await client.sync()).toMatchObject({ inSync: true, count: 52, changed: ["Contact"] });
  expect(await client.collection("Contact").get("c1")).toMatchObject({ id: "c1", phone: "1" });
  expect(await client.sync()).toMatchObject({ inSync: true, requests: 1, upserted: 0 });
});

test("a new client of a server that does not have the field yet", async () => {
  const client = clientOf(newest, await serverOf(without("phone")));
  expect(await client.sync()).toMatchObject({ inSync: true, count: 52 });
  expect(await client.collection("Contact").get("c1")).toMatchObject({ id: "c1", phone: null });
});

test("a nullable column that is added and empty moves no row", async () => {
  await plain.contact.updateMany({ data: { phone: null } });
  const first = await serverOf(without("phone"));
  let answers = first;
  const client = clientOf(without("phone"), (input, init) => answers(input, init));
  await client.sync();
  answers = await serverOf(newest);
  expect(await client.sync()).toMatchObject({ inSync: true, upserted: 0, deleted: 0 });
});

test("a field that has values is downloaded with the rows that have one, and no other", async () => {
  let answers = await serverOf(without("phone"));
  const client = clientOf(without("phone"), (input, init) => answers(input, init));
  await client.sync();
  answers = await serverOf(newest);
  expect(await client.sync({ changesLikely: true })).toMatchObject({ inSync: true, upserted: 25, deleted: 0 });
});

test("a type that changes with the same encoding changes no digest", async () => {
  const asBigInt = (manifest: DatabaseManifest): DatabaseManifest => ({
    ...manifest,
    collections: manifest.collections.map((one) =>
      one.name === "City"
        ? {
            ...one,
            fields: one.fields.map((field) => (field.name === "population" ? { ...field, type: "BigInt" } : field)),
          }
        : one,
    ),
  });
  let answers = await serverOf(newest);
  const client = clientOf(newest, (input, init) => answers(input, init));
  await client.sync();
  answers = await serverOf(asBigInt(newest));
  expect(await client.sync()).toMatchObject({ inSync: true, upserted: 0, changed: ["City"] });
});

test("a collection the client does not know stays out; one the server does not know is frozen, not dropped", async () => {
  const older = clientOf(withoutCollection("City"), await serverOf(newest));
  expect(await older.sync()).toMatchObject({ inSync: true, count: 51, frozen: [] });

  let answers = await serverOf(newest);
  const client = clientOf(newest, (input, init) => answers(input, init));
  await client.sync();
  expect(names(newest)).toContain("City");
  answers = await serverOf(withoutCollection("City"));
  await plain.contact.update({ where: { id: "c1" }, data: { name: "later" } });
  const result = await client.sync();
  expect(result).toMatchObject({ inSync: true, count: 51, upserted: 1, frozen: ["City"] });
  expect(await client.collection("City").get(1)).toMatchObject({ name: "Bern" });
});

describe("algorithms", () => {
  for (const one of [crc32, md5, sha1]) registerAlgorithm(one);

  test.each(["crc32", "md5", "sha1"])("%s end to end", async (algorithm) => {
    const client = clientOf({ ...newest, algorithm }, await serverOf({ ...newest, algorithm }));
    expect(await client.sync()).toMatchObject({ inSync: true, count: 52 });
    await plain.contact.update({ where: { id: "c1" }, data: { name: "later" } });
    expect(await client.sync({ changesLikely: true })).toMatchObject({ inSync: true, upserted: 1 });
  });

  test("a client with another algorithm than the server's rehashes what it holds and downloads nothing", async () => {
    let answers = await serverOf(newest);
    const client = clientOf(newest, (input, init) => answers(input, init));
    await client.sync();
    answers = await serverOf({ ...newest, algorithm: "sha1" });
    expect(await client.sync()).toMatchObject({ inSync: true, upserted: 0, deleted: 0, count: 52 });
  });
});
