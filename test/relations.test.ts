import { describe, expect, test } from "vitest";
import { provider } from "./databases/index.js";
import { operations, replacements } from "./relations/operations.js";
import { storedDigests } from "./relations/oracle.js";
import { campaign, world } from "./relations/world.js";

const seed = Number(process.env.SEED ?? 20261122);
const runs = Number(process.env.RUNS ?? 6);

describe("rows whose scope or content depends on other tables", () => {
  test("invariant 1: any writes to any of the tables", { timeout: 300_000 }, async () => {
    const kinds = Object.keys(operations);
    const written = await campaign(kinds, seed, runs);
    // A campaign whose writes fail proves nothing.
    expect(written.size).toBeGreaterThan(Math.min(kinds.length / 2, runs * 8));
  });

  test.runIf(provider === "mysql")("a foreign key that equals its key under the collation alone", async () => {
    const here = await world();
    const run = (statement: string) => here.plain.$executeRawUnsafe(statement);
    await run("INSERT INTO `Account` (`id`, `code`, `region`) VALUES ('one', 'one', 'north')");
    await run("INSERT INTO `chats` (`id`, `account_id`) VALUES ('h1', 'ONE')");
    await run("INSERT INTO `Message` (`id`, `chat_id`, `body`) VALUES ('m1', 'H1', '')");
    // Prisma reads no account for the chat, but the database knows one, and deletes the chat with it.
    expect(await here.plain.chat.count({ where: { account: { region: "north" } } })).toBe(1);
    const places = async () => {
      expect(await here.prisma.$digests.audit()).toMatchObject({ ok: true, findings: [], unencodable: [] });
      return Object.keys(await storedDigests(here.plain)).sort();
    };
    expect(await places()).toEqual(["Chat|north|h1", "Message|north/ONE|m1"]);
    await run("UPDATE `Account` SET `region` = 'the south'");
    expect(await places()).toEqual(["Chat|south|h1", "Message|south/ONE|m1"]);
    await run("DELETE FROM `Account`");
    expect(await places()).toEqual([]);
    await here.end();
  });

  test.runIf(provider === "sqlite")("rows that a REPLACE evicts", { timeout: 300_000 }, async () => {
    const creations = Object.keys(operations).filter((kind) => kind.startsWith("create"));
    const kinds = [...creations, ...Object.keys(replacements)];
    const written = await campaign(kinds, seed, runs);
    if (runs >= 6) expect(Object.keys(replacements).filter((kind) => !written.has(kind))).toEqual([]);
  });

  test.runIf(provider === "sqlite")("writes of a connection that has foreign keys turned off", async () => {
    const here = await world();
    const n = [1, 1, 1, 1] as const;
    for (const kind of ["createOwner", "createFolder", "createAccount", "createChat", "createMessage"] as const) {
      expect(await here.perform({ kind, around: "alone", n })).toBe(true);
    }
    await here.plain.draft.create({ data: { text: "", folder: { create: { ownerName: "o1" } } } });
    await here.plain.tag.create({ data: { id: "t1", areaCode: 1, broader: { create: { id: "t2", areaCode: 1 } } } });
    await here.look();
    for (const statement of [
      `DELETE FROM "Owner"`,
      `DELETE FROM "Tag" WHERE "id" = 't2'`,
      `DELETE FROM "Label"`,
      `UPDATE "chats" SET "id" = 'elsewhere'`,
      `UPDATE "chats" SET "id" = 'h1'`,
      `DELETE FROM "Folder"`,
    ]) {
      await here.unenforced(statement);
      await here.look();
    }
    // No relation leads to the message's chat any more: it is in nobody's scope until one does.
    await here.unenforced(`DELETE FROM "chats"`);
    expect(await here.prisma.$digests.audit()).toMatchObject({ ok: true });
    await here.end();
  });

  test.runIf(provider === "sqlite")(
    "relations that nothing enforces: rows that come before their parents",
    async () => {
      const here = await world({ emulatedRelations: true });
      for (const statement of [
        `INSERT INTO "Message" ("id", "chat_id", "body") VALUES ('m1', 'h1', ''), ('m2', 'h2', '')`,
        `INSERT INTO "_LabelToMessage" VALUES (1, 'm1'), (1, 'm2')`,
        `INSERT INTO "Cell" VALUES ('b1', 1, 'x', 1)`,
        `INSERT INTO "Folder" VALUES (1, 'o1', 2)`,
        `INSERT INTO "Draft" VALUES (1, 1, '')`,
        // Now the parents, from below and from above.
        `INSERT INTO "chats" VALUES ('h1', 'a1', NULL)`,
        `INSERT INTO "Account" VALUES ('a1', 'c1', 'north', 0), ('a2', 'c2', 'the south', 0)`,
        `INSERT INTO "chats" VALUES ('h2', 'a2', NULL)`,
        `INSERT INTO "Label" VALUES (1, '')`,
        `INSERT INTO "Sheet" VALUES ('b1', 1, 'red')`,
        `INSERT INTO "Owner" VALUES ('o1')`,
        `INSERT INTO "Folder" VALUES (2, NULL, 3), (3, 'o2', NULL)`,
        `DELETE FROM "Account" WHERE "id" = 'a1'`,
        `UPDATE "Account" SET "id" = 'a1'`,
        `DELETE FROM "chats"`,
        `DELETE FROM "Folder" WHERE "id" = 2`,
      ]) {
        await here.unenforced(statement);
        await here.look();
      }
      await here.end();
    },
  );

  test("rows that were there before the triggers", async () => {
    const here = await world();
    await here.prisma.$digests.uninstall();
    const n = [1, 1, 1, 1] as const;
    for (const kind of ["createAccount", "createChat", "createMessage", "createTag", "createSheet"] as const) {
      expect(await here.perform({ kind, around: "alone", n })).toBe(true);
    }
    await here.prisma.$digests.install();
    await here.look();
    await here.end();
  });
});
