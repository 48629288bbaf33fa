import { expect, test } from "vitest";
import { all, world } from "./world.js";

const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);

test("TRUNCATE appends one change, which settling turns into all that is stored", async () => {
  const here = await world();
  await here.contacts(ids);
  await here.contacts(["d1"], "a2");
  await here.prisma.$digests.settle();
  await here.run(`TRUNCATE "Contact" CASCADE`);
  expect(await here.pending()).toEqual(expect.arrayContaining([["Contact", null, null]]));
  expect((await here.pending()).length).toBeLessThan(10);
  // One scope's answer alone is exact at once.
  expect(await here.count({ ...all, accountId: "a2" })).toBe(2);
  await here.audit();
  expect(await here.count()).toBe(2);
  await here.end();
});

test("rows that are written after a TRUNCATE in the same transaction stay; what is rolled back never was", async () => {
  const here = await world();
  await here.contacts(ids);
  await here.prisma.$digests.settle();
  const before = await here.prisma.$digests.root(all);
  await expect(
    here.plain.$transaction(async (inside) => {
      await inside.$executeRawUnsafe(`TRUNCATE "Contact" CASCADE`);
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(await here.prisma.$digests.root(all)).toEqual(before);
  await here.plain.$transaction(async (inside) => {
    await inside.$executeRawUnsafe(`TRUNCATE "Contact" CASCADE`);
    await inside.contact.createMany({ data: ["c1", "new"].map((id) => ({ id, accountId: "a2", name: "again" })) });
  });
  expect(await here.count()).toBe(4);
  await here.audit();
  await here.end();
});

test("TRUNCATE of what others refer to reaches them as well", async () => {
  const here = await world();
  await here.contacts(ids);
  await here.plain.chat.create({
    data: { id: "h1", accountId: "a1", title: "t", messages: { create: { id: "m1", body: "b" } } } as never,
  });
  await here.prisma.$digests.settle();
  await here.run(`TRUNCATE "Account" CASCADE`);
  expect(await here.count()).toBe(0);
  await here.audit();
  await here.end();
});
