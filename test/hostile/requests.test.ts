import { fromHex, limits, type PullAnswer, Sketch, type VerifyAnswer } from "@digest-sync/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addAccount, common, contact, forged, grantOf, openWorld, pullEverything, type World } from "./world.js";

// Invariant 6, "bounded": what forged requests cost, in statements and rows instead of milliseconds. How long each of them
// takes is the fuzzer's business (fuzz/README.md).

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.database.remove());

/** Accounts that one request may be granted at most: they are scopes of four collections. */
const manyAccounts = Array.from({ length: 249 }, (_, i) => `m${i}`);

async function digestsOf(scope: ReturnType<typeof grantOf>): Promise<Uint8Array[]> {
  const rows = await world.prisma.$queryRawUnsafe<{ digest: string }[]>(
    `SELECT printf('%016x', r.head) || lower(hex(r.tail)) AS digest FROM _digest_row r JOIN _digest_scope s ON s.id = r.scope_id
     WHERE s.scope IN (SELECT value FROM json_each(?))`,
    JSON.stringify(scope.id),
  );
  return rows.map(({ digest }) => fromHex(digest));
}

const rowsOf = (answer: VerifyAnswer | PullAnswer) => ("rows" in answer ? Object.values(answer.rows).flat() : []);

describe("one account with 3,000 rows", () => {
  const ada = grantOf("ada");
  beforeEach(async () => {
    await addAccount(world.prisma, "ada", 3_000);
    await world.digests.install();
    await world.digests.settle();
  });

  test("a sketch that names hundreds of rows that nobody has: looked for in a few statements, and no row is read", async () => {
    const request = forged(await digestsOf(ada), 250, 512);
    await world.digests.verify(request, ada);
    let answer: VerifyAnswer | undefined;
    const { statements, rows } = await world.work.of(async () => {
      answer = await world.digests.verify(request, ada);
    });
    expect(answer).toMatchObject({ type: "longer-sketch", window: 1 });
    expect(statements).toBeLessThanOrEqual(6);
    expect(rows).toBeLessThanOrEqual(6);
  });

  test("the same in every other window, where no index helps, and then a pull", async () => {
    const digests = await digestsOf(ada);
    for (const window of [1, 2, 3] as const) {
      const request = forged(digests, 250, 512, window);
      await world.digests.verify(request, ada);
      let answer: VerifyAnswer | undefined;
      const { statements, rows } = await world.work.of(async () => {
        answer = await world.digests.verify(request, ada);
      });
      expect(answer).toMatchObject(window === 3 ? { type: "bulk" } : { type: "longer-sketch", window: window + 1 });
      expect(Math.max(statements, rows)).toBeLessThanOrEqual(6);
    }
  });

  test("one cell more with each request: the sketch is built anew at powers of two only", async () => {
    const digests = await digestsOf(ada);
    const builds: number[] = [];
    for (let cells = 1_020; cells < 1_060; cells++) {
      const sketch = Sketch.of(cells);
      for (const digest of digests) sketch.add(digest);
      const request = { ...common, count: digests.length, root: new Uint8Array(32), sketch: sketch.toBytes(3_001) };
      world.work.before = (sql) => {
        if (sql.includes("group_concat")) builds.push(cells);
        return undefined;
      };
      await world.digests.verify(request, ada);
    }
    // Two scopes each: the account's own row, and its contacts.
    expect(new Set(builds)).toEqual(new Set([1_020, 1_025]));
  });

  test("everything differs: an answer has at most 1,000 rows, and no more are read", async () => {
    const sketch = Sketch.of(32_768);
    sketch.addElement(1, 2, 1);
    const request = { ...common, count: 1, root: new Uint8Array(32), sketch: sketch.toBytes(1) };
    let answer: VerifyAnswer | undefined;
    const { rows } = await world.work.of(async () => {
      answer = await world.digests.verify(request, ada);
    });
    expect(answer).toMatchObject({ type: "changes", more: true });
    expect(rowsOf(answer as VerifyAnswer)).toHaveLength(limits.pageRows);
    expect(rows).toBeLessThan(limits.pageRows + 20);
  });

  test("many requests at once: four of a grant are at work, and another grant does not wait for them", async () => {
    await addAccount(world.prisma, "bob", 1);
    await world.digests.settle();
    let inside = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    world.work.before = (sql) => {
      if (!isPage(sql)) return undefined;
      inside += 1;
      return gate;
    };
    const pulls = Array.from({ length: 12 }, () => world.digests.pull(common, ada));
    await until(() => inside >= limits.concurrency);
    const other = world.digests.pull(common, grantOf("bob"));
    await until(() => inside > limits.concurrency);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(inside).toBe(limits.concurrency + 1);
    open();
    expect(rowsOf(await other)).toHaveLength(2);
    for (const page of await Promise.all(pulls)) expect(rowsOf(page)).toHaveLength(limits.pageRows);
  });

  test("stopping waits for the requests at work, whether or not their clients still listen", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let isInside = false;
    world.work.before = (sql) => {
      if (!isPage(sql)) return undefined;
      isInside = true;
      return gate;
    };
    const pull = world.digests.pull(common, ada);
    await until(() => isInside);
    let isStopped = false;
    const stop = world.digests.stop().then(() => {
      isStopped = true;
    });
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isStopped).toBe(false);
    open();
    await Promise.all([pull, stop]);
    expect(isStopped).toBe(true);
  });
});

test("rows of 200 kB: no more of them are read at a time than an answer can hold", async () => {
  await addAccount(world.prisma, "ada", 0);
  const long = "x".repeat(200_000);
  for (let i = 0; i < 60; i++) await world.prisma.contact.create({ data: contact(`ada-${i}`, "ada", long) });
  await world.digests.install();
  await world.digests.settle();
  let page: PullAnswer | undefined;
  const { rows } = await world.work.of(async () => {
    page = await world.digests.pull(common, grantOf("ada"));
  });
  expect(rowsOf(page as PullAnswer)).toHaveLength(11);
  // Those of the answer, at most as many in vain, and what the statements of our own bring.
  expect(rows).toBeLessThan(30);
  expect((await pullEverything(world.digests, grantOf("ada"))).flatMap(rowsOf)).toHaveLength(61);
});

describe("a grant of 997 scopes", () => {
  const many = grantOf(...manyAccounts);
  beforeEach(async () => {
    const accounts = manyAccounts.map((id) => ({ id, name: id, email: `${id}@example.com` }));
    await world.prisma.account.createMany({ data: accounts });
    const contacts = manyAccounts.flatMap((id) => [0, 1, 2].map((i) => contact(`${i}-${id}`, id, id)));
    await world.prisma.contact.createMany({ data: contacts });
    await world.digests.install();
    await world.digests.settle();
  });

  test("costs no statement for each scope, whatever is asked", async () => {
    const digests = await digestsOf(many);
    expect(digests).toHaveLength(996);
    const requests = [
      { ...common, count: 0, root: new Uint8Array(32) },
      { ...common, count: 900, root: new Uint8Array(32) },
      ...([0, 1, 2, 3] as const).map((window) => forged(digests, 30, 128, window)),
      ...([0, 1, 2, 3] as const).map((window) => forged(digests.slice(5), 0, 256, window)),
    ];
    for (const request of requests) {
      const { statements } = await world.work.of(() => world.digests.verify(request, many));
      expect(statements).toBeLessThanOrEqual(20);
    }
    const { statements } = await world.work.of(() => world.digests.pull(common, many));
    expect(statements).toBeLessThanOrEqual(20);
  });

  test("a row that nobody has ends the search: the scopes are not searched for the others", async () => {
    const request = forged(await digestsOf(many), 40, 128);
    await world.digests.verify(request, many);
    const searches = new Set<number>();
    world.work.before = (sql) => {
      if (sql.includes(`r."head" IN`)) searches.add(world.work.statements);
      return undefined;
    };
    await world.digests.verify(request, many);
    // Once, and once more after looking whether anybody has written meanwhile.
    expect(searches.size).toBe(2);
  });

  test("pages through all scopes in the order of the keys, each row once", async () => {
    const pages = await pullEverything(world.digests, many);
    expect(pages.flatMap(rowsOf)).toHaveLength(996);
    const keys = pages.flatMap((page) => ("rows" in page ? (page.rows.Contact ?? []) : [])).map(idOf);
    expect(keys).toEqual([...keys].sort());
    expect(new Set(keys).size).toBe(747);
  });

  test("differences in every scope are found and sent, in several answers if need be", async () => {
    const digests = await digestsOf(many);
    const answer = await world.digests.verify(
      forged(
        digests.filter((_, i) => i % 2),
        0,
        4_096,
      ),
      many,
    );
    expect(answer).toMatchObject({ type: "changes", more: true });
    expect(rowsOf(answer).length).toBeGreaterThan(20);
  });
});

test.each<[string, (id: string, i: number) => string]>([
  ["one after the other", (id, i) => `${id}-${10_000 + i}`],
  ["in turn", (id, i) => `${10_000 + i}-${id}`],
])("two scopes that would each fill a page alone, their keys %s: each row once and in order", async (_, keyOf) => {
  for (const [id, length] of Object.entries({ ada: 2_300, bob: 1_300 })) {
    await addAccount(world.prisma, id, 0);
    const data = Array.from({ length }, (_, i) => contact(keyOf(id, i), id, "n"));
    await world.prisma.contact.createMany({ data });
  }
  await world.digests.install();
  await world.digests.settle();
  const pages = await pullEverything(world.digests, grantOf("ada", "bob"));
  const keys = pages.flatMap((page) => ("rows" in page ? (page.rows.Contact ?? []) : [])).map(idOf);
  expect(keys).toHaveLength(3_600);
  expect(keys).toEqual([...new Set(keys)].sort());
});

/** The id in a contact's encoding: its first entry. */
function idOf(encoding: Uint8Array): string {
  const length = (encoding[4] as number) & 0x1f;
  return new TextDecoder().decode(encoding.subarray(5, 5 + length));
}

/** Whether a statement reads a page of stored digests: the first that a pull needs once it is its turn. */
const isPage = (sql: string) => sql.includes(`FROM (SELECT * FROM "_digest_row"`);

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
