import { DigestSyncClient } from "@digest-sync/client";
import { digestSync } from "@digest-sync/prisma";
import { NestFactory } from "@nestjs/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/quickstart/digest-sync/client.js";
import { manifest as serverManifest } from "../../prisma/generated/quickstart/digest-sync/server.js";
import { AppModule, database, PrismaService } from "./app.module.js";
import { folded, read, snippets } from "./snippets.js";

// Every snippet of the README is part of a file that runs here.

let close: () => Promise<void>;
let url: string;
let prisma: PrismaService;

beforeAll(async () => {
  const installer = new PrismaService().$extends(digestSync(serverManifest));
  await installer.$digests.install();
  await installer.$disconnect();
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, "127.0.0.1");
  url = `${await app.getUrl()}/sync`;
  prisma = app.get(PrismaService);
  close = () => app.close();
});
afterAll(async () => {
  await close();
  await prisma.$disconnect();
  await database.remove();
});

test("the first screen does what it says", async () => {
  await prisma.contact.create({ data: { id: "c1", accountId: "a1", name: "Ada", notes: "private" } });
  const headers = { authorization: "Bearer token-of-a1" };

  const sync = new DigestSyncClient({ url, manifest, headers });
  const { inSync, upserted, deleted } = await sync.sync();
  const contacts = await sync.collection("Contact").all();

  expect({ inSync, upserted, deleted }).toEqual({ inSync: true, upserted: 1, deleted: 0 });
  expect(contacts).toEqual([{ id: "c1", accountId: "a1", name: "Ada" }]);
});

const blocks = snippets("README.md");

test.each(blocks.filter(({ language }) => ["ts", "prisma"].includes(language)))(
  "the README's $language snippet stands in $source",
  ({ source, code }) => {
    expect(source).toBeDefined();
    expect(folded(read(source as string))).toContain(folded(code));
  },
);

test.each(
  ["docs/live.md", "docs/recipes.md"].flatMap((document) =>
    snippets(document)
      .filter(({ language }) => language === "ts")
      .map((snippet) => ({ document, ...snippet })),
  ),
)("the snippet of $document stands in $source", ({ source, code }) => {
  expect(source).toBeDefined();
  expect(folded(read(source as string))).toContain(folded(code));
});

test("the README's commands exist", () => {
  const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
  const named = blocks.flatMap(({ code }) => [...code.matchAll(/^npm (?:run )?(\S+)/gm)].map(([, name]) => name));
  expect(named).toContain("demo");
  expect(scripts).toEqual(expect.arrayContaining(named));
});
