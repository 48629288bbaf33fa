import { DigestSyncClient, type LocalStore, memoryStore } from "@digest-sync/client";
import {
  compileRowEncoder,
  decodePullAnswer,
  decodeVerifyAnswer,
  decodeVerifyRequest,
  encodePullAnswer,
  encodeVerifyAnswer,
  equalBytes,
  findCollection,
  limits,
  type Page,
  type PullAnswer,
  type RowsByCollection,
  type VerifyAnswer,
  type VerifyRequest,
} from "@digest-sync/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "../../prisma/generated/digest-sync/client.js";
import { directFetch } from "../direct-fetch.js";
import { addAccount, contact, grantOf, openWorld, type World } from "./world.js";

// Invariants 4 and 7 against servers that lie: a sync ends within its bounds, never claims what is not so, leaves the local
// copy whole, and once the server is honest again everything is as if nothing had been.

const ada = grantOf("ada");
let world: World;
let honest: typeof fetch;

beforeAll(async () => {
  world = await openWorld();
  await addAccount(world.prisma, "ada", 1_200);
  await world.digests.install();
  await world.digests.settle();
  honest = directFetch(world.digests, ada);
});
afterAll(() => world.database.remove());

interface Lies {
  verify?(request: VerifyRequest, answer: VerifyAnswer, call: number): VerifyAnswer;
  pull?(answer: PullAnswer, call: number): PullAnswer;
}

const reply = (body: Uint8Array) =>
  new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/cbor" } });

/** The real server, behind one that changes its answers; counts them. */
function lying(lies: Lies): { fetch: typeof fetch; requests(): number } {
  let calls = 0;
  return {
    requests: () => calls,
    fetch: async (input, init) => {
      const call = calls++;
      const response = await honest(input, init);
      const body = new Uint8Array(await response.arrayBuffer());
      const path = String(input).split("/").at(-1);
      if (path === "verify" && lies.verify) {
        const request = decodeVerifyRequest(new Uint8Array(init?.body as Uint8Array));
        return reply(encodeVerifyAnswer(lies.verify(request, decodeVerifyAnswer(body), call)));
      }
      if (path === "pull" && lies.pull) return reply(encodePullAnswer(lies.pull(decodePullAnswer(body), call)));
      return reply(body);
    },
  };
}

const budget = { maxRequests: 40, maxAnswerBytes: 8_000_000, retries: 0 };
const clientOf = (store: LocalStore, fetch: typeof globalThis.fetch) =>
  new DigestSyncClient({ url: "http://direct", manifest, store, fetch, ...budget });

const encode = compileRowEncoder(findCollection(manifest, "Contact"));
const forgedRow = (id: string, name = "forged") => encode({ ...contact(id, "ada", name), favorite: false });
const changes = (base: Uint8Array, rows: RowsByCollection, more = true): VerifyAnswer => ({
  ...{ type: "changes", base, rows, stale: new Uint8Array(0), count: 9, root: new Uint8Array(32) },
  ...(more && { more: true as const }),
});
const swapped = (rows: RowsByCollection, change: (row: Uint8Array, i: number) => Uint8Array[]): RowsByCollection =>
  Object.fromEntries(Object.entries(rows).map(([name, list]) => [name, list.flatMap(change)]));

let old: VerifyAnswer | undefined;
let revision = 0;
/** With how many requests the client gives up at most; unless that is said, the budget ends it or it gets there. */
const cases: [string, Lies, number?][] = [
  [
    "sends endless `more` with new rows",
    { verify: ({ root }, _, call) => changes(root, { Contact: [forgedRow(`f${call}`)] }) },
  ],
  [
    "sends endless `more` with a row that changes",
    { verify: ({ root }, _, call) => changes(root, { Contact: [forgedRow("f", `${call}`)] }) },
  ],
  ["sends endless `more` with nothing", { verify: ({ root }) => changes(root, {}) }, 1],
  [
    "asks for one cell more each time",
    { verify: ({ root: base }, _, call) => ({ type: "longer-sketch", base, cells: 33 + call }) },
  ],
  [
    "asks for the longest sketch, again and again",
    { verify: ({ root: base }) => ({ type: "longer-sketch", base, cells: limits.cells }) },
    2,
  ],
  ["asks for bulk, again and again", { verify: ({ root: base }) => ({ type: "bulk", base, count: 2 ** 53 - 1 }) }],
  [
    "never ends a bulk",
    {
      verify: ({ root: base }) => ({ type: "bulk", base, count: 1 }),
      pull: (_, call) => ({
        type: "page",
        rows: {},
        next: { collection: "Contact", key: `k${1_000 + call}` },
        count: 1,
      }),
    },
  ],
  [
    "turns in a bulk",
    {
      verify: ({ root: base }) => ({ type: "bulk", base, count: 1 }),
      pull: (answer, call) => ({ ...(answer as Page), next: { collection: "Contact", key: call % 2 ? "a" : "zz" } }),
    },
  ],
  [
    "ends a bulk early",
    {
      verify: ({ root: base }) => ({ type: "bulk", base, count: 1 }),
      pull: (answer) => ({ ...(answer as Page), rows: {}, next: undefined }) as unknown as Page,
    },
  ],
  ["repeats an old answer", { verify: (_, answer) => (old ??= answer) }],
  ["answers another request's base", { verify: (_, answer) => ({ ...answer, base: new Uint8Array(32) }) }, 1],
  [
    "sends millions of stale digests",
    { verify: ({ root: base }) => ({ ...changes(base, {}, false), stale: new Uint8Array(4_000_000) }) as VerifyAnswer },
  ],
  [
    "changes a byte of every row",
    {
      verify: (_, answer) => (answer.type === "changes" ? { ...answer, rows: swapped(answer.rows, flipped) } : answer),
      pull: (answer) => ("rows" in answer ? { ...answer, rows: swapped(answer.rows, flipped) } : answer),
    },
  ],
  [
    "leaves out every third row",
    {
      verify: (_, answer) => (answer.type === "changes" ? { ...answer, rows: swapped(answer.rows, thinned) } : answer),
      pull: (answer) => ("rows" in answer ? { ...answer, rows: swapped(answer.rows, thinned) } : answer),
    },
  ],
  [
    "sends every row twice",
    {
      verify: (_, answer) =>
        answer.type === "changes" ? { ...answer, rows: swapped(answer.rows, (row) => [row, row]) } : answer,
      pull: (answer) => ("rows" in answer ? { ...answer, rows: swapped(answer.rows, (row) => [row, row]) } : answer),
    },
  ],
  [
    "sends rows of collections that nobody asked for",
    { verify: ({ root }) => changes(root, { Secret: [forgedRow("x")], ["__proto__"]: [forgedRow("y")] }, false) },
  ],
  [
    "has a new manifest with every answer",
    {
      verify: ({ root: base }, _, call) => ({ type: "manifest-changed", base, manifest: new Uint8Array(8).fill(call) }),
    },
  ],
];

/** The last byte of a contact is in its account's id, or in its name. */
function flipped(row: Uint8Array): Uint8Array[] {
  const changed = row.slice();
  changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1;
  return [changed];
}
function thinned(row: Uint8Array, i: number): Uint8Array[] {
  return i % 3 === 0 ? [] : [row];
}

describe.each(["an empty client", "a client that is out of date"])("%s, and a server that", (start) => {
  test.each(cases)("%s", async (_what, lies, most) => {
    const store = memoryStore();
    if (start !== "an empty client") {
      await clientOf(store, honest).sync();
      const name = `changed ${++revision}`;
      await world.prisma.contact.updateMany({ where: { id: { startsWith: "ada-1" } }, data: { name } });
      await world.prisma.contact.deleteMany({ where: { id: { in: ["ada-7", "ada-77"] } } });
    }
    old = undefined;
    const { fetch, requests } = lying(lies);
    const client = clientOf(store, fetch);
    const { root } = await world.digests.root(ada);

    const outcome = await client.sync({ changesLikely: true }).catch((error: unknown) => error);
    expect(requests()).toBeLessThanOrEqual(most ?? budget.maxRequests);
    if (most) expect(outcome).toMatchObject({ code: "bad-answer" });
    if (outcome instanceof Error) expect(outcome).toMatchObject({ name: "DigestSyncError" });
    else if ((outcome as { inSync: boolean }).inSync)
      expect(equalBytes((outcome as { root: Uint8Array }).root, root)).toBe(true);
    expect(await client.audit()).toMatchObject({ corrupted: [], sumsRepaired: false });

    expect(await clientOf(store, honest).sync()).toMatchObject({ inSync: true, root });
    const rows = await world.prisma.contact.findMany({ omit: { notes: true }, orderBy: { id: "asc" } });
    expect(await clientOf(store, honest).collection("Contact").all()).toEqual(rows);
  });
});

test("an answer that is applied twice changes nothing the second time", async () => {
  const store = memoryStore();
  const answers: Uint8Array[] = [];
  const recording: typeof fetch = async (...call) => {
    const body = new Uint8Array(await (await honest(...call)).arrayBuffer());
    answers.push(body);
    return reply(body);
  };
  await clientOf(store, recording).sync();
  const before = await store.load();
  for (const body of answers.slice(0, -1)) {
    const client = clientOf(store, async () => reply(body));
    await expect(client.sync({ changesLikely: true })).rejects.toMatchObject({ code: "bad-answer" });
  }
  expect(await store.load()).toEqual(before);
});
