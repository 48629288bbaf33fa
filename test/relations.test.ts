import { describe, expect, test } from "vitest";
import { provider } from "./database.js";
import { operations, replacements } from "./relations/operations.js";
import { campaign, world } from "./relations/world.js";

const seed = Number(process.env.SEED ?? 20261122);
const runs = Number(process.env.RUNS ?? 6);

describe("rows whose scope or content depends on other tables", () => {
  test("invariant 1: any writes to any of the tables", { timeout: 300_000 }, async () => {
    const kinds = Object.keys(operations);
    const written = await campaign(kinds, seed, runs);
    // A campaign whose writes fail proves nothing.
    expect(written.size).toBeGreaterThan(kinds.length / 2);
  });

  test.runIf(provider === "sqlite")("rows that a REPLACE evicts", { timeout: 300_000 }, async () => {
    const creations = Object.keys(operations).filter((kind) => kind.startsWith("create"));
    const kinds = [...creations, ...Object.keys(replacements)];
    const written = await campaign(kinds, seed, runs);
    expect(Object.keys(replacements).filter((kind) => !written.has(kind))).toEqual([]);
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
    await here.plain.$executeRawUnsafe("PRAGMA foreign_keys = OFF");
    for (const statement of [
      `DELETE FROM "Owner"`,
      `DELETE FROM "Tag" WHERE "id" = 't2'`,
      `DELETE FROM "Label"`,
      `UPDATE "chats" SET "id" = 'elsewhere'`,
      `UPDATE "chats" SET "id" = 'h1'`,
      `DELETE FROM "Folder"`,
    ]) {
      await here.plain.$executeRawUnsafe(statement);
      await here.look();
    }
    // No relation leads to the message's chat any more: it is in nobody's scope until one does.
    await here.plain.$executeRawUnsafe(`DELETE FROM "chats"`);
    expect(await here.prisma.$digests.audit()).toMatchObject({ ok: true });
    await here.end();
  });

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
