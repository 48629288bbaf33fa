import {
  encodePullAnswer,
  encodeVerifyAnswer,
  type MediaType,
  type PullRequest,
  Sketch,
  toHex,
  type VerifyRequest,
  type Window,
} from "@digest-sync/core";
import type { Scope } from "@digest-sync/prisma";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { storedDigests } from "./databases/digest-tables.js";
import { randomRuns } from "./databases/index.js";
import { addAccount, common, contact, grantOf, openWorld, type World } from "./hostile/world.js";

// Invariant 5, "isolated": no request yields a byte, a count or a timing of another scope's rows.
//
// Two worlds: one has every tenant's rows, its twin only those of the tenant who asks. Whatever he asks for, with whatever
// he claims to hold, both must give the same bytes for the same work: then nothing of the others can be in them.

const tenants = ["t0", "t1", "t2", "t3"];
const markOf = (tenant: string) => `qz${tenant}zq`;
const marks = /qz(t\d)zq|717a74(3\d)7a71/g;

const worlds: World[] = [];
afterEach(async () => {
  for (const { database } of worlds.splice(0)) await database.remove();
});

async function open(): Promise<World> {
  const world = await openWorld();
  worlds.push(world);
  await world.digests.install();
  return world;
}

/** What happens to a contact: it is put into a tenant's scope, or goes. */
interface Step {
  readonly id: number;
  readonly tenant: string | undefined;
  readonly settle: boolean;
}

const step = fc.record({
  id: fc.nat(30),
  tenant: fc.option(fc.constantFrom(...tenants), { nil: undefined }),
  settle: fc.boolean(),
});

/** The row tells of nobody but the tenant who has it now. */
const row = (id: number, tenant: string, revision: number) =>
  contact(`c${id}`, markOf(tenant), `${markOf(tenant)} ${revision}`);

async function perform(world: World, steps: readonly Step[], seen: (tenant: string) => boolean): Promise<void> {
  const { prisma, digests } = world;
  const where: (string | undefined)[] = [];
  for (const [revision, { id, tenant, settle }] of steps.entries()) {
    const before = where[id];
    where[id] = tenant;
    const isNow = tenant !== undefined && seen(tenant);
    if (before !== undefined && seen(before) && !isNow) await prisma.contact.delete({ where: { id: `c${id}` } });
    if (isNow) {
      const data = row(id, tenant, revision);
      await prisma.contact.upsert({ where: { id: data.id }, create: data, update: data });
    }
    // In the world of one tenant there may be nothing to settle, in the other there is.
    if (settle) await digests.settle();
  }
}

async function digestsIn({ prisma }: World): Promise<Uint8Array[]> {
  return (await storedDigests(prisma)).map(({ digest }) => Uint8Array.from(Buffer.from(digest, "hex")));
}

interface Asked {
  readonly verify?: VerifyRequest;
  readonly pull?: PullRequest;
}

/** Requests of someone who knows, or guesses, the digests and keys of everybody. */
const ask = (digests: readonly Uint8Array[]) =>
  fc.oneof(
    fc
      .record({
        held: fc.subarray([...digests]),
        cells: fc.constantFrom(1, 32, 256, 1_500),
        window: fc.constantFrom<Window>(0, 1, 2, 3),
        hasSketch: fc.boolean(),
        collections: fc.option(fc.subarray(["Account", "Contact", "Message"]), { nil: undefined }),
      })
      .map(({ held, cells, window, hasSketch, collections }): Asked => {
        const sketch = Sketch.of(cells);
        for (const digest of held) sketch.add(digest, window);
        const root = new Uint8Array(32).fill(held.length);
        const body = hasSketch && { sketch: sketch.toBytes(held.length), ...(window > 0 && { window }) };
        return { verify: { ...common, ...(collections && { collections }), count: held.length, root, ...body } };
      }),
    fc
      .record({
        collection: fc.constantFrom("Account", "Contact", "Message", "", "Zzz"),
        key: fc.option(fc.oneof(fc.constantFrom("c1", "c15", "", "~", markOf("t1")), fc.string()), { nil: undefined }),
      })
      .map(({ collection, key }): Asked => {
        return { pull: { ...common, after: { collection: collection || "A", ...(key !== undefined && { key }) } } };
      }),
  );

/** Everything an answer consists of, and what it took. */
async function answered(world: World, { verify, pull }: Asked, scope: Scope): Promise<Record<string, unknown>> {
  const bytes: Record<string, string> = {};
  const { statements, rows } = await world.work.of(async () => {
    const answer = verify && (await world.digests.verify(verify, scope));
    const page = pull && (await world.digests.pull(pull, scope));
    for (const media of ["application/cbor", "application/json"] as MediaType[]) {
      if (answer) bytes[media] = toHex(encodeVerifyAnswer(answer, media));
      if (page) bytes[media] = toHex(encodePullAnswer(page, media));
    }
  });
  return { ...bytes, statements, rows };
}

/** Whose marks are in an answer, as text or as hexadecimal digits. */
function marksIn(answer: Record<string, unknown>): Set<string> {
  const found = new Set<string>();
  for (const value of Object.values(answer)) {
    if (typeof value !== "string") continue;
    const text = Buffer.from(value, "hex").toString("latin1");
    for (const [, plain, digit] of text.matchAll(marks))
      found.add(plain ?? `t${String.fromCharCode(Number.parseInt(digit as string, 16))}`);
  }
  return found;
}

test("invariant 5: an answer is the same, byte for byte and for the same work, whether or not there are other tenants", async () => {
  const layouts = fc.record({
    steps: fc.array(step, { minLength: 5, maxLength: 40 }),
    granted: fc.subarray(tenants),
    seed: fc.integer(),
  });
  let isSeen = false;
  await fc.assert(
    fc.asyncProperty(layouts, async ({ steps, granted, seed }) => {
      const [all, own] = [await open(), await open()];
      for (const tenant of tenants) {
        await addAccount(all.prisma, markOf(tenant), 0);
        if (granted.includes(tenant)) await addAccount(own.prisma, markOf(tenant), 0);
      }
      await perform(all, steps, () => true);
      await perform(own, steps, (tenant) => granted.includes(tenant));
      const scope = grantOf(...granted.map(markOf));
      // Settled now: which of the changes are pending differs, and so does the work of settling them.
      await all.digests.root(scope);
      await own.digests.root(scope);
      await all.digests.settle();
      const known = await digestsIn(all);
      // What is pending elsewhere is nobody's business either.
      for (const tenant of tenants.filter((one) => !granted.includes(one)))
        await all.prisma.contact.create({ data: contact(`late-${tenant}`, markOf(tenant), markOf(tenant)) });
      for (const asked of fc.sample(ask(known), { numRuns: 12, seed })) {
        const answer = await answered(all, asked, scope);
        expect(answer).toEqual(await answered(own, asked, scope));
        const told = marksIn(answer);
        isSeen ||= told.size > 0;
        expect([...told].filter((tenant) => !granted.includes(tenant))).toEqual([]);
      }
      for (const { database } of worlds.splice(0)) await database.remove();
    }),
    { numRuns: randomRuns(15), seed: 1 },
  );
  // The search can find something.
  expect(isSeen).toBe(true);
});

test.each(["pull", "verify"] as const)(
  "a row that moves away while a %s is answered is not in the answer",
  async (route) => {
    const { prisma, digests, work } = await open();
    const [mine, other] = [markOf("t0"), markOf("t1")];
    for (const id of [mine, other]) await addAccount(prisma, id, 3);
    await digests.settle();
    let hasMoved = false;
    work.before = async (sql) => {
      // Right before the rows themselves are read, when it is decided whose digests the answer is made of.
      if (hasMoved || !/["`]Contact["`]\.["`]name["`]/.test(sql) || !sql.startsWith("SELECT")) return;
      hasMoved = true;
      await prisma.contact.update({ where: { id: `${mine}-1` }, data: { accountId: other, name: other } });
    };
    const empty = { ...common, count: 0, root: new Uint8Array(32) };
    const answer = await answered(
      { digests, work } as World,
      route === "pull" ? { pull: common } : { verify: empty },
      grantOf(mine),
    );
    expect(hasMoved).toBe(true);
    expect(marksIn(answer)).toEqual(new Set(["t0"]));
  },
);

test("an empty scope takes the same work whether or not it was ever known, and whatever the others hold", async () => {
  const { prisma, digests, work } = await open();
  const requests: Asked[] = [
    { verify: { ...common, count: 0, root: new Uint8Array(32) } },
    { verify: { ...common, count: 7, root: new Uint8Array(32), sketch: withCount(7).toBytes(7) } },
    { pull: common },
  ];
  const workOf = async (tenant: string) => {
    const costs: unknown[] = [];
    for (const asked of requests)
      costs.push(await answered({ prisma, digests, work } as World, asked, grantOf(tenant)));
    return costs;
  };
  const never = await workOf("never");
  await addAccount(prisma, "was", 20);
  for (const tenant of tenants) await addAccount(prisma, markOf(tenant), 500);
  await digests.settle();
  await prisma.account.delete({ where: { id: "was" } });
  await digests.settle();
  expect(await workOf("was")).toEqual(never);
  expect(await workOf("never")).toEqual(never);
});

function withCount(count: number): Sketch {
  const sketch = Sketch.of(32);
  for (let i = 0; i < count; i++) sketch.addElement(i * 77_777, i, 1);
  return sketch;
}
