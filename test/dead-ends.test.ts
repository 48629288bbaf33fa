import { DigestSyncClient } from "@digest-sync/client";
import { algorithm, registerAlgorithm } from "@digest-sync/core";
import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifest as clientManifest } from "../prisma/generated/digest-sync/client.js";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "./databases/index.js";
import { directFetch } from "./direct-fetch.js";

// Differences that a sketch cannot name. 8-byte collisions of SHA-256 cannot be made here, so the rows say themselves
// what their digest begins with: an algorithm for these tests alone.

const text = new TextDecoder();
const fromHex = (digits: string) => Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));

registerAlgorithm({
  name: "steered",
  hash(bytes) {
    const digest = Uint8Array.from(algorithm("sha256").hash(bytes));
    const said = /digest:([0-9a-f]+)/.exec(text.decode(bytes))?.[1];
    // 16 digits say the first element and leave the rest; 32 say the first two, and the others are zero.
    if (said) digest.set(fromHex(said.length === 16 ? said : said.padEnd(64, "0")));
    return digest;
  },
});

let database: TestDatabase;
let plain: PrismaClient;

beforeEach(async () => {
  database = await emptyDatabase("schema");
  plain = database.closing(new PrismaClient({ adapter: database.adapter() }));
  await plain.account.create({ data: { id: "a1", name: "n", email: "e" } });
  await plain.contact.createMany({ data: Array.from({ length: 300 }, (_, i) => contact(`c${i}`, `plain ${i}`)) });
});
afterEach(() => database.remove());

const contact = (id: string, name: string) => ({ id, accountId: "a1", name, createdAt: new Date(0) });
const collide = "digest:0102030405060708";
/** Element 0 maps to cell 0 alone. */
const ground = "digest:0000000000000000";

async function world() {
  const algorithm = "steered";
  const { $digests } = plain.$extends(digestSync({ ...manifest, algorithm }, { delay: 1_000_000 }));
  await $digests.install();
  await $digests.settle();
  const requests: string[] = [];
  const fetch = directFetch($digests, { id: "a1", accountId: "a1" });
  const client = new DigestSyncClient({
    url: "http://direct",
    manifest: { ...clientManifest, algorithm },
    fetch: (input, init) => {
      requests.push(String(input).split("/").at(-1)!);
      return fetch(input, init);
    },
  });
  await client.sync();
  return {
    client,
    requests,
    async converges() {
      requests.length = 0;
      const result = await client.sync({ changesLikely: true });
      expect(result.inSync).toBe(true);
      expect(await client.collection("Contact").all()).toEqual(
        await plain.contact.findMany({ omit: { notes: true }, orderBy: { id: "asc" } }),
      );
      return requests;
    },
  };
}

test("two rows with equal elements, both new on the server: the next window names them", async () => {
  const { converges } = await world();
  await plain.contact.createMany({ data: [contact("x", collide), contact("y", `${collide} too`)] });
  expect(await converges()).not.toContain("pull");
});

test("two rows with equal elements, both gone from the server", async () => {
  await plain.contact.createMany({ data: [contact("x", collide), contact("y", `${collide} too`)] });
  const { converges } = await world();
  await plain.contact.deleteMany({ where: { name: { startsWith: "digest" } } });
  expect(await converges()).not.toContain("pull");
});

test("two different rows with equal elements, one on each side: the sketches agree, the roots do not", async () => {
  await plain.contact.create({ data: contact("x", collide) });
  const { converges } = await world();
  await plain.contact.update({ where: { id: "x" }, data: { name: `${collide} too` } });
  expect(await converges()).not.toContain("pull");
});

test("a row is gone while another with an equal element stays", async () => {
  await plain.contact.createMany({ data: [contact("x", collide), contact("y", `${collide} too`)] });
  const { converges } = await world();
  await plain.contact.delete({ where: { id: "x" } });
  expect(await converges()).not.toContain("pull");
});

test("many rows ground to map to cell 0 alone", async () => {
  const { converges } = await world();
  await plain.contact.createMany({ data: Array.from({ length: 15 }, (_, i) => contact(`x${i}`, `${ground} ${i}`)) });
  const requests = await converges();
  expect(requests).not.toContain("pull");
  expect(requests.length).toBeLessThan(5);
});

test("rows of which two are equal in every window end in a pull", async () => {
  const { converges } = await world();
  const [p, q, r, s] = ["1111111111111111", "2222222222222222", "3333333333333333", "4444444444444444"];
  const digests = [`${p}${q}`, `${p}${r}`, `${s}${q}`];
  await plain.contact.createMany({ data: digests.map((digest, i) => contact(`x${i}`, `digest:${digest}`)) });
  const requests = await converges();
  expect(requests).toContain("pull");
  expect(requests.length).toBeLessThan(12);
});
