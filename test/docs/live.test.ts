import { DigestSyncClient } from "@digest-sync/client";
import { digestSyncCollectionOptions } from "@digest-sync/client/tanstack-db";
import { digestSync } from "@digest-sync/prisma";
import { NestFactory } from "@nestjs/core";
import { createCollection } from "@tanstack/db";
import { expect, test, vi } from "vitest";
import { manifest } from "../../prisma/generated/quickstart/digest-sync/client.js";
import { manifest as serverManifest } from "../../prisma/generated/quickstart/digest-sync/server.js";
import { AppModule, database, PrismaService } from "./app.module.js";

// The snippets of docs/live.md and docs/recipes.md, against the app of the README: a write shows up by itself.

test("a write in the app shows up in a client that was started, and in a TanStack DB collection", async () => {
  const installer = new PrismaService().$extends(digestSync(serverManifest));
  await installer.$digests.install();
  await installer.$disconnect();
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, "127.0.0.1");
  const prisma = app.get(PrismaService);
  const url = `${await app.getUrl()}/sync`;
  const sync = new DigestSyncClient({ url, manifest, headers: { authorization: "Bearer token-of-a1" } });
  const phases: string[] = [];
  const show = (phase: string, _message: string | undefined) => phases.push(phase);
  const save = async (rows: readonly { id: string; name: string }[]) => {
    for (const { id, name } of rows) await prisma.contact.update({ where: { id }, data: { name } });
  };

  sync.start();
  sync.onStatus(({ phase, error }) => show(phase, error?.message));
  const contacts = createCollection(
    digestSyncCollectionOptions({
      client: sync,
      collection: "Contact",
      onUpdate: ({ transaction }) => save(transaction.mutations.map(({ modified }) => modified)),
    }),
  );

  await contacts.preload();
  await vi.waitFor(() => expect(sync.status.phase).toBe("live"), { timeout: 20_000 });
  await prisma.contact.create({ data: { id: "c1", accountId: "a1", name: "Ada" } });
  await vi.waitFor(() => expect(contacts.get("c1")?.name).toBe("Ada"), { timeout: 20_000 });
  const saved = contacts.update("c1", (draft) => {
    draft.name = "Ada Lovelace";
  });
  await saved.isPersisted.promise;
  expect(await sync.collection("Contact").get("c1")).toMatchObject({ name: "Ada Lovelace" });
  expect(phases).toContain("live");

  await sync.stop();
  await app.close();
  await prisma.$disconnect();
  await database.remove();
});
