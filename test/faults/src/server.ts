import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DigestSyncModule } from "@digest-sync/nestjs";
import { type ExecutionContext, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import type { Random } from "../../../fuzz/src/random.js";
import { createDatabase } from "../../../prisma/create-database.js";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/prisma/client.js";

export const accounts = ["a1", "a2"] as const;
/** What devices hold rows of. */
export const collections = ["Account", "Contact", "City"];
export type AccountId = (typeof accounts)[number];

/** A real server over SQLite: Nest, Prisma, and writes of every kind. */
export interface Server {
  readonly port: number;
  /** One random write. */
  write(random: Random): Promise<void>;
  /** What the server holds for an account. */
  rows(account: AccountId): Promise<{ Account: object[]; Contact: object[]; City: object[] }>;
  close(): Promise<void>;
}

const contactIds = 400;
const cityIds = 60;
const city = (cityId: number, name: string) => ({
  ...{ cityId, name, altName: "", country: "NL", featureCode: "PPL", adminCode: "", population: cityId },
  ...{ lat: cityId / 7, lon: -cityId / 3 },
});

export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-faults-"));
  const url = `file:${join(folder, "faults.db")}`;
  // Started from the root of the repository, in tests as by hand.
  await createDatabase(pathToFileURL(join(process.cwd(), "prisma/schema.prisma")), url);
  const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 5_000, intMode: "bigint" }) });
  for (const id of accounts) await prisma.account.create({ data: { id, name: id, email: `${id}@example.com` } });
  await prisma.contact.createMany({
    data: Array.from({ length: contactIds / 2 }, (_, i) => ({
      id: `c${i}`,
      accountId: `a${1 + (i % 2)}`,
      name: `n${i}`,
    })),
  });
  await prisma.city.createMany({ data: Array.from({ length: cityIds / 2 }, (_, i) => city(i, `city ${i}`)) });

  @Module({
    imports: [
      DigestSyncModule.forRoot({
        ...{ prisma, manifest, install: "auto" },
        scope: (context: ExecutionContext) => {
          const { headers } = context.switchToHttp().getRequest<{ headers: { authorization: string } }>();
          return { id: headers.authorization, accountId: headers.authorization };
        },
      }),
    ],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: ["error"], abortOnError: false });
  await app.listen(0, "127.0.0.1");
  return {
    port: (app.getHttpServer().address() as AddressInfo).port,
    write: (random) => write(prisma, random),
    rows: async (account) => ({
      Account: await prisma.account.findMany({ where: { id: account } }),
      Contact: await prisma.contact.findMany({ where: { accountId: account }, omit: { notes: true } }),
      City: await prisma.city.findMany(),
    }),
    close: async () => {
      app.getHttpServer().closeAllConnections();
      await app.close();
      await prisma.$disconnect();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function write(prisma: PrismaClient, random: Random): Promise<void> {
  const id = `c${random.below(contactIds)}`;
  const name = `name ${random.uint32()}`;
  const accountId = random.pick(accounts);
  const kinds: (() => PromiseLike<unknown>)[] = [
    () => prisma.contact.upsert({ where: { id }, create: { id, accountId, name }, update: { name } }),
    () => prisma.contact.upsert({ where: { id }, create: { id, accountId, name }, update: { accountId } }),
    () =>
      prisma.contact.updateMany({
        where: { id },
        data: { favorite: random.chance(0.5), birthday: new Date(random.uint32() * 100) },
      }),
    () => prisma.contact.deleteMany({ where: { id } }),
    () => prisma.contact.deleteMany({ where: { id: { startsWith: `c${random.below(40)}` } } }),
    () => prisma.contact.updateMany({ where: { id: { startsWith: `c${random.below(10)}` } }, data: { name } }),
    () => prisma.account.update({ where: { id: accountId }, data: { name } }),
    () => prisma.$executeRaw`UPDATE "City" SET "name" = ${name} WHERE "cityId" = ${random.below(cityIds)}`,
    () => {
      const cityId = random.below(cityIds);
      return prisma.city.upsert({ where: { cityId }, create: city(cityId, name), update: { name } });
    },
    () => prisma.city.deleteMany({ where: { cityId: random.below(cityIds) } }),
  ];
  await random.pick(kinds)();
}
