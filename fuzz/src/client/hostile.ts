import {
  type Changes,
  compileRowEncoder,
  encodePullAnswer,
  encodeVerifyAnswer,
  findCollection,
  limits,
  type Page,
  type PullAnswer,
  type RowsByCollection,
  type VerifyAnswer,
  type Window,
} from "@digest-sync/core";
import { manifest } from "../../../prisma/generated/digest-sync/client.js";
import { mutate, mutateBytes } from "../mutate.js";
import type { Random } from "../random.js";
import { answerItem } from "./messages.js";
import type { Tampering } from "./tampering.js";

const encodeContact = compileRowEncoder(findCollection(manifest, "Contact"));
const forgedContact = (id: string, name = "forged") =>
  encodeContact({ id, accountId: "a1", name, favorite: false, createdAt: new Date(0) });

function changedRows(random: Random, rows: RowsByCollection): RowsByCollection {
  const changed: Record<string, Uint8Array[]> = Object.create(null);
  for (const [name, list] of Object.entries(rows)) {
    const to = random.chance(0.05) ? random.pick(["Message", "Chat", "__proto__", "Nothing"]) : name;
    changed[to] = list.flatMap((row) => {
      if (random.chance(0.8)) return [row];
      const choice = random.below(5);
      if (choice === 0) return [];
      if (choice === 1) return [row, row];
      if (choice === 2) return [random.pick(list)];
      return [mutateBytes(random, row)];
    });
  }
  return changed;
}

const hasRows = (answer: VerifyAnswer | PullAnswer): answer is Changes | Page => "rows" in answer;

const makers: readonly ((random: Random) => Tampering)[] = [
  (random) => ({
    name: "bytes",
    verify: (_, answer) => (random.chance(0.5) ? mutateBytes(random, encodeVerifyAnswer(answer)) : answer),
    pull: (_, answer) => (random.chance(0.5) ? mutateBytes(random, encodePullAnswer(answer)) : answer),
    manifest: (answer) => mutateBytes(random, answer),
  }),
  (random) => ({
    name: "structure",
    verify: (_, answer) => (random.chance(0.5) ? mutate(random, answerItem(answer)) : answer),
    pull: (_, answer) => (random.chance(0.5) ? mutate(random, answerItem(answer)) : answer),
  }),
  (random) => ({
    name: "rows",
    verify: (_, answer) => (hasRows(answer) ? { ...answer, rows: changedRows(random, answer.rows) } : answer),
    pull: (_, answer) => (hasRows(answer) ? { ...answer, rows: changedRows(random, answer.rows) } : answer),
  }),
  (random) => {
    const old: (VerifyAnswer | undefined)[] = [];
    const pages: PullAnswer[] = [];
    return {
      name: "old answers",
      verify: (_, answer) => {
        old.push(answer);
        return random.chance(0.5) ? (random.pick(old) ?? answer) : answer;
      },
      pull: (_, answer) => {
        pages.push(answer);
        return random.chance(0.5) ? random.pick(pages) : answer;
      },
    };
  },
  () => {
    let first: VerifyAnswer | undefined;
    return {
      name: "one answer for all, with the base that is asked for",
      verify: ({ root: base }, answer) => {
        first ??= answer;
        return first.type === "in-sync" ? answer : { ...first, base };
      },
    };
  },
  (random) => ({
    name: "endless more, new rows",
    verify: ({ root: base }, _, call) => ({
      ...{ type: "changes", base, stale: new Uint8Array(0), count: 5, root: random.bytes(32), more: true },
      rows: { Contact: [forgedContact(`f${call}`)] },
    }),
  }),
  (random) => ({
    name: "endless more, the same rows in turn",
    verify: ({ root: base }, _, call) => ({
      ...{ type: "changes", base, stale: new Uint8Array(0), count: 5, root: random.bytes(32), more: true },
      rows: { Contact: [forgedContact("f", `${call % 2}`)] },
    }),
  }),
  (random) => ({
    name: "endless more, no rows",
    verify: ({ root: base }) => ({
      ...{ type: "changes", base, stale: random.bytes(8 * random.size(0, 1_000)), count: 5, root: random.bytes(32) },
      ...{ rows: {}, more: true },
    }),
  }),
  (random) => ({
    name: "longer sketches",
    verify: ({ root: base }, _, call) => ({
      ...{ type: "longer-sketch", base },
      cells: random.pick([call + 33, limits.cells, 1, random.size(1, limits.cells)]),
      ...(random.chance(0.5) && { counts: random.bytes(2 * random.size(1, limits.storedCells)) }),
      ...(random.chance(0.7) && { count: random.pick([0, 1_300, 2 ** 53 - 1]) }),
      ...(random.chance(0.3) && { window: random.below(4) as Window }),
    }),
  }),
  (random) => ({
    name: "bulk for ever",
    verify: ({ root: base }) => ({ type: "bulk", base, count: random.pick([0, 5, 2 ** 53 - 1]) }),
  }),
  (random) => ({
    name: "a bulk that never ends",
    verify: ({ root: base }) => ({ type: "bulk", base, count: 5 }),
    pull: (_, __, call) => {
      const key = `k${String(call).padStart(9, "0")}`;
      const rows = random.chance(0.5) ? { Contact: [forgedContact(key)] } : {};
      return { type: "page", rows, next: { collection: "Contact", key }, count: 5 };
    },
  }),
  (random) => ({
    name: "a bulk that goes astray",
    verify: ({ root: base }) => ({ type: "bulk", base, count: 5 }),
    pull: (_, answer) => {
      if (!hasRows(answer)) return answer;
      const collection = random.pick(["Account", "Contact", "City", "Message", "Zzz", "a"]);
      const next = random.chance(0.5) ? { collection, key: random.pick(["", "c", "c5", "zz"]) } : { collection };
      return { ...answer, next } as Page;
    },
  }),
  (random) => ({
    name: "an early end of the bulk",
    verify: ({ root: base }, answer) => (random.chance(0.6) ? { type: "bulk", base, count: 5 } : answer),
    pull: (_, answer) => {
      const { next, ...last } = answer as Page;
      return last;
    },
  }),
  (random) => ({
    name: "stale in masses",
    verify: ({ root: base }, answer) => ({
      ...{ type: "changes", base, rows: {}, stale: random.bytes(8 * random.size(1, 200_000)), count: 5 },
      root: "root" in answer ? answer.root : random.bytes(32),
      ...(random.chance(0.5) && { window: random.below(4) as Window }),
    }),
  }),
  (random) => ({
    name: "a window that was not asked for",
    verify: (_, answer) => (answer.type === "changes" ? { ...answer, window: random.below(4) as Window } : answer),
  }),
  () => ({
    name: "a lie: in sync",
    isForger: true,
    verify: ({ root: base }) => ({ type: "in-sync", base }),
  }),
  (random) => ({
    name: "another server",
    isForger: true,
    verify: ({ root: base }, answer, call) =>
      call % 3 === 0 ? { type: "in-sync", base } : { ...answer, ...("count" in answer && { root: random.bytes(32) }) },
  }),
  (random) => ({
    name: "manifest changed",
    verify: ({ root: base }, answer) =>
      random.chance(0.7) ? { type: "manifest-changed", base, manifest: random.bytes(8) } : answer,
    pull: (_, answer) => (random.chance(0.5) ? { type: "manifest-changed", manifest: random.bytes(8) } : answer),
    manifest: (answer) => (random.chance(0.5) ? mutateBytes(random, answer) : answer),
  }),
  (random) => ({
    name: "flaky",
    instead: () => {
      if (random.chance(0.4)) return undefined;
      const status = random.pick([200, 204, 301, 400, 401, 403, 404, 413, 429, 500, 502, 503]);
      const headers = new Headers({
        "content-type": random.pick(["text/html", "application/cbor", "application/json", ""]),
      });
      if (random.chance(0.5))
        headers.set("retry-after", random.pick(["1", "-1", "x", "1e9", "Wed, 21 Oct 2065 07:28:00 GMT"]));
      if (random.chance(0.2)) return Promise.reject(new TypeError("fetch failed"));
      return new Response(status === 204 ? null : (random.bytes(random.size(0, 1_000)) as Uint8Array<ArrayBuffer>), {
        status,
        headers,
      });
    },
  }),
  (random) => ({
    name: "a body without end",
    instead: (call) => {
      if (call < random.below(3)) return undefined;
      const chunk = random.bytes(60_000);
      const headers = {
        "content-type": "application/cbor",
        ...(random.chance(0.5) && { "content-length": "99999999999" }),
      };
      return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }), { headers });
    },
  }),
  (random) => ({
    name: "no answer",
    instead: () => (random.chance(0.5) ? new Promise<Response>(() => {}) : undefined),
  }),
];

export function tampering(random: Random): Tampering {
  return random.pick(makers)(random);
}
