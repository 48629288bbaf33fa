import { encodeVerifyRequest, type VerifyRequest } from "@digest-sync/core";
import type { Scope } from "@digest-sync/prisma";
import { ForbiddenException } from "@nestjs/common";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApp, platforms } from "./app.js";
import { addAccount, common, grantOf, openWorld, pullEverything, type World } from "./world.js";

// Scope resolvers as apps get them wrong: whatever they return, it never means "all rows" (invariant 5).

const tenants = ["t0", "t1", "t2", "t3"];
const markOf = (tenant: string) => `qz${tenant}zq`;

describe("resolvers as apps get them wrong", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    await world.digests.install();
    for (const tenant of tenants) await addAccount(world.prisma, markOf(tenant), 5);
    await world.digests.settle();
  });
  afterAll(() => world.database.remove());
  const empty: VerifyRequest = { ...common, count: 0, root: new Uint8Array(32) };
  const t0 = markOf("t0");

  test.each<[string, unknown]>([
    ["names nothing", {}],
    ["forgets one of two names", { id: t0 }],
    ["forgets the other", { accountId: t0 }],
    ["misspells", { id: t0, accountID: t0 }],
    ["says null", { id: null, accountId: null }],
    ["says undefined", { id: undefined, accountId: undefined }],
    ["says undefined in a list", { id: [t0], accountId: [t0, undefined] }],
    ["says an object", { id: t0, accountId: { toString: () => t0 } }],
    ["says an object in a list", { id: [t0], accountId: [{ in: [t0] }] }],
    ["says a list of lists", { id: [t0], accountId: [[t0]] }],
    ["says true", { id: t0, accountId: true }],
    ["says NaN", { id: t0, accountId: Number.NaN }],
    ["says half a number", { id: t0, accountId: 1.5 }],
    ["leaves it to the prototype", Object.create({ id: t0, accountId: t0 })],
    ["returns text", t0],
  ])("one that %s is refused, for the work that an empty scope takes", async (_what, scope) => {
    const { digests, work } = world;
    const refused = await work.of(async () => {
      await expect(digests.verify(empty, scope as Scope)).rejects.toMatchObject({ code: "scope-missing" });
      await expect(digests.pull(common, scope as Scope)).rejects.toMatchObject({ code: "scope-missing" });
    });
    const nothing = { id: "nobody", accountId: "nobody" };
    const answered = await work.of(async () => {
      await digests.verify(empty, nothing);
      await digests.pull(common, nothing);
    });
    expect(refused.statements).toBeGreaterThan(0);
    expect(refused.statements).toBe(answered.statements);
  });

  test("one that returns thousands of values is refused, and the database is not asked", async () => {
    const { digests, work } = world;
    const thousands = grantOf(...Array.from({ length: 5_000 }, (_, i) => `t${i}`));
    const { statements } = await work.of(async () => {
      await expect(digests.verify(empty, thousands)).rejects.toMatchObject({ code: "too-large" });
      await expect(digests.pull(common, thousands)).rejects.toMatchObject({ code: "too-large" });
    });
    expect(statements).toBe(0);
  });

  test.each<[string, Scope]>([
    ["nothing at all", { id: [], accountId: [] }],
    ["rows without an owner", { id: [null], accountId: [null] }],
    ["somebody who does not exist", grantOf("nobody")],
    ["what looks like a pattern", grantOf("%", "*", "qz%", "' OR 1=1 --")],
    ["another's value in capitals", grantOf(t0.toUpperCase())],
    ["another's value, escaped", grantOf(`${t0}/`, "~", `~0${t0}`, `${t0}\u0000`)],
    ["a number where text is stored", grantOf(0 as never)],
  ])("one that grants %s yields no row of the tenants", async (_what, scope) => {
    const { digests } = world;
    const pages = await pullEverything(digests, scope);
    expect(pages).toEqual([{ type: "page", rows: Object.create(null), count: 0 }]);
    expect(await digests.verify({ ...empty, count: 3 }, scope)).toMatchObject({ type: "longer-sketch" });
    expect(await digests.root(scope)).toMatchObject({ count: 0 });
  });

  test("one that names a value twice grants it once", async () => {
    const { digests } = world;
    const [page] = await pullEverything(digests, { id: [t0, t0], accountId: [t0, t0, t0] });
    expect(page).toMatchObject({ count: 6 });
    expect(await pullEverything(digests, grantOf(t0))).toEqual([page]);
  });
});

describe.each(platforms)("resolvers over HTTP, on %s", (_, adapter) => {
  const secret = "qzsecretzq";
  const body = encodeVerifyRequest({ ...common, count: 0, root: new Uint8Array(32) });

  test.each<[string, () => unknown, number, string]>([
    ["returns null", () => null, 403, "scope-missing"],
    ["returns nothing", () => undefined, 403, "scope-missing"],
    ["forgets a name", () => ({ id: markOf("t0") }), 403, "scope-missing"],
    ["grants null", () => ({ id: null, accountId: null }), 403, "scope-missing"],
    ["returns thousands", () => grantOf(...Array.from({ length: 9_999 }, (_, i) => `${i}`)), 413, "too-large"],
    ["forbids", () => Promise.reject(new ForbiddenException("Not here.")), 403, "unauthorized"],
    ["rejects", () => Promise.reject(new Error(`${secret} ${markOf("t1")}`)), 500, "internal"],
    ["throws", () => JSON.parse(secret), 500, "internal"],
    ["throws what is no error", () => Promise.reject(secret), 500, "internal"],
  ])(
    "one that %s: a problem that tells of nobody, and nothing secret in the log",
    async (_what, scope, status, code) => {
      const world = await openWorld();
      for (const tenant of tenants) await addAccount(world.prisma, markOf(tenant), 2);
      const app = await openApp(adapter(), world.prisma, scope as () => Scope);
      try {
        for (const path of ["verify", "pull"]) {
          const answer = await app.post(path, body, { "content-type": "application/cbor" });
          expect(answer).toMatchObject({ status, code });
          expect(answer.body.toString()).not.toMatch(/qz(secret|t\d)zq|\bat .*:\d+:\d+/);
        }
        expect(app.errors).toHaveLength(status === 500 ? 2 : 0);
        expect(app.errors.join()).not.toMatch(/qz(secret|t\d)zq/);
      } finally {
        await app.close();
        await world.database.remove();
      }
    },
  );
});
