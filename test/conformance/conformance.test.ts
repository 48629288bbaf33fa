import { DigestSyncModule } from "@digest-sync/nestjs";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "../databases/index.js";
import { ForeignClient } from "./client.js";
import { SmallClient } from "./small-client.js";
import { checkVectors } from "./vectors.js";

// Two clients that were written from PROTOCOL.md and the vectors alone, by authors who saw no other file of this project:
// `client.js` (with `formats.js`), which checks all there is to check, and `small-client.js`, all in one file. They share no
// code with the packages: what they get right, the specification says.

test("the foreign implementation reproduces every vector", () => {
  const results = checkVectors();
  expect(results.length).toBeGreaterThan(600);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
});

describe.each([
  ["the thorough client", ForeignClient],
  ["the small client", SmallClient],
] as const)("%s", (_, Client) => {
  let database: TestDatabase;
  let prisma: PrismaClient;
  let client: ForeignClient | SmallClient;
  let close: () => Promise<void>;

  beforeAll(async () => {
    database = await emptyDatabase("schema");
    prisma = database.closing(new PrismaClient({ adapter: database.adapter() }));
    await prisma.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
    await prisma.account.create({ data: { id: "a2", name: "Bob", email: "bob@example.com" } });
    await prisma.contact.createMany({
      data: Array.from({ length: 1_200 }, (_, i) => ({
        ...{ id: `c${i}`, accountId: i % 12 === 0 ? "a2" : "a1", name: `Zoë 😀 ${i}`, favorite: i % 2 === 0 },
        birthday: i % 3 === 0 ? new Date(i * 1e9) : null,
      })),
    });
    @Module({
      imports: [
        DigestSyncModule.forRoot({ prisma, manifest, install: "auto", scope: () => ({ id: "a1", accountId: "a1" }) }),
      ],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, "127.0.0.1");
    close = () => app.close();
    client = new Client({ url: `${await app.getUrl()}/sync` });
  });
  afterAll(async () => {
    await close();
    await database.remove();
  });

  async function expectEqual(): Promise<void> {
    const contacts = await prisma.contact.findMany({ where: { accountId: "a1" }, omit: { notes: true } });
    expect(client.rows.get("Contact")).toEqual(new Map(contacts.map((row) => [row.id, row])));
    expect(client.rows.get("Account")?.size).toBe(1);
  }

  test("in sync from empty", async () => {
    expect((await client.sync()).inSync).toBe(true);
    await expectEqual();
    expect(await client.sync({ sketch: false })).toEqual({ inSync: true, requests: 1 });
  });

  test("in sync after changes: few in one request, many in two", async () => {
    await prisma.contact.create({ data: { id: "new", accountId: "a1", name: "new" } });
    await prisma.contact.update({ where: { id: "c1" }, data: { name: "changed" } });
    await prisma.contact.delete({ where: { id: "c2" } });
    await prisma.contact.update({ where: { id: "c3" }, data: { accountId: "a2" } });
    expect(await client.sync()).toEqual({ inSync: true, requests: 1 });
    await expectEqual();

    await prisma.contact.updateMany({ where: { id: { startsWith: "c10" } }, data: { favorite: true, name: "many" } });
    const { inSync, requests } = await client.sync();
    expect(inSync).toBe(true);
    expect(requests).toBeLessThanOrEqual(3);
    await expectEqual();
  });

  test("in sync after corruption: rows lost, rows altered, rows that never were", async () => {
    for (const key of ["c4", "c5", "c7"]) client.forget("Contact", key);
    for (const key of ["c8", "c9"]) client.damage("Contact", key);
    expect((await client.sync()).inSync).toBe(true);
    await expectEqual();
  });

  test("a copy of which most is lost is pulled anew", async () => {
    for (const key of [...(client.rows.get("Contact")?.keys() ?? [])].slice(0, 800)) client.forget("Contact", key);
    expect((await client.sync()).inSync).toBe(true);
    await expectEqual();
  });
});
