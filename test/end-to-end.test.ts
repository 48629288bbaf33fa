import { DigestSyncClient } from "@digest-sync/client";
import { DigestSyncModule } from "@digest-sync/nestjs";
import { type CanActivate, type ExecutionContext, Injectable, Module } from "@nestjs/common";
import { type AbstractHttpAdapter, NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manifest as clientManifest } from "../prisma/generated/digest-sync/client.js";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "./databases/index.js";

// The whole path over real HTTP: a plain PrismaService, the module, a guard, the client.

const adapters: [string, () => AbstractHttpAdapter][] = [
  ["Express", () => new ExpressAdapter()],
  ["Fastify", () => new FastifyAdapter()],
];

interface Request {
  headers: { authorization?: string };
}
const accountOf = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<Request>().headers.authorization?.replace("Bearer ", "");

@Injectable()
class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return accountOf(context) !== undefined;
  }
}

describe.each(adapters)("from the database to a client, on %s", (_, adapter) => {
  let database: TestDatabase;
  let prisma: PrismaClient;
  let url: string;
  let close: () => Promise<void>;

  beforeEach(async () => {
    database = await emptyDatabase("schema");
    class PrismaService extends PrismaClient {}
    prisma = database.closing(new PrismaService({ adapter: database.adapter() }));
    for (const id of ["a1", "a2"]) {
      await prisma.account.create({ data: { id, name: id, email: `${id}@example.com` } });
      await prisma.contact.createMany({
        data: Array.from({ length: 1_500 }, (_, i) => ({ id: `${id}-${i}`, accountId: id, name: `name ${i}` })),
      });
    }
    @Module({
      imports: [
        DigestSyncModule.forRootAsync({
          useFactory: () => ({
            prisma,
            manifest,
            install: "auto" as const,
            scope: (context) => ({ id: accountOf(context)!, accountId: accountOf(context)! }),
          }),
          guards: [AuthGuard],
        }),
      ],
      providers: [AuthGuard],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, adapter(), { logger: false });
    await app.listen(0, "127.0.0.1");
    url = `${await app.getUrl()}/sync`;
    close = () => app.close();
  });
  afterEach(async () => {
    await close();
    await database.remove();
  });

  const clientOf = (account: string) =>
    new DigestSyncClient({ url, manifest: clientManifest, headers: { authorization: `Bearer ${account}` } });

  async function equal(client: ReturnType<typeof clientOf>, accountId: string): Promise<void> {
    const rows = await prisma.contact.findMany({ where: { accountId }, omit: { notes: true }, orderBy: { id: "asc" } });
    expect(await client.collection("Contact").all()).toEqual(rows);
  }

  test("first sync, no change, few changes, many changes, everything gone", async () => {
    const client = clientOf("a1");
    expect(await client.sync()).toMatchObject({ inSync: true, upserted: 1_501, deleted: 0 });
    await equal(client, "a1");

    const unchanged = await client.sync();
    expect(unchanged).toMatchObject({ inSync: true, requests: 1, upserted: 0, deleted: 0 });
    expect(unchanged.bytesUp).toBeLessThanOrEqual(150);
    expect(unchanged.bytesDown).toBeLessThanOrEqual(120);

    await prisma.contact.create({ data: { id: "new", accountId: "a1", name: "new" } });
    await prisma.contact.update({ where: { id: "a1-3" }, data: { name: "changed" } });
    await prisma.contact.delete({ where: { id: "a1-5" } });
    const three = await client.sync({ changesLikely: true });
    expect(three).toMatchObject({ inSync: true, requests: 1, upserted: 2, deleted: 1 });
    expect(three.bytesUp).toBeLessThanOrEqual(700);
    await equal(client, "a1");

    await prisma.contact.updateMany({
      where: { accountId: "a1", id: { startsWith: "a1-1" } },
      data: { favorite: true },
    });
    const many = await client.sync({ changesLikely: true });
    expect(many).toMatchObject({ inSync: true, deleted: 0 });
    // More than half differ: verify, two pages of at most 1,000 rows, verify.
    expect(many.requests).toBeLessThanOrEqual(4);
    await equal(client, "a1");

    await prisma.account.delete({ where: { id: "a1" } });
    expect(await client.sync()).toMatchObject({ inSync: true, count: 0 });
    await equal(client, "a1");
  });

  test("invariant 5: a client never holds, and no answer contains, another account's rows", async () => {
    const [one, other] = [clientOf("a1"), clientOf("a2")];
    await Promise.all([one.sync(), other.sync()]);
    await prisma.contact.update({ where: { id: "a1-7" }, data: { accountId: "a2" } });
    await Promise.all([one.sync({ changesLikely: true }), other.sync({ changesLikely: true })]);
    await equal(one, "a1");
    await equal(other, "a2");
    expect(await other.collection("Contact").get("a1-7")).toBeDefined();
    expect(await one.collection("Contact").get("a1-7")).toBeUndefined();
  });

  test("no token: refused, and the copy stays as it was", async () => {
    const client = clientOf("a1");
    await client.sync();
    const stranger = new DigestSyncClient({ url, manifest: clientManifest });
    await expect(stranger.sync()).rejects.toMatchObject({ code: "unauthorized" });
    await equal(client, "a1");
  });
});
