import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LocalStore, memoryStore } from "../src/index.js";
import { type Contact, contact, encodingOf, type Note } from "./sample.js";
import { contentsOf, newClient, restated, startServer } from "./setup.js";

const ids = fc.constantFrom("a", "b", "c~", "d/", "e", "f", "\u{10400}", "\ufffd", "é", "k1", "k2", "k3", "k4", "k5");
const contactRow: fc.Arbitrary<Contact> = fc.record({ id: ids, name: fc.option(fc.string({ maxLength: 8 })) });
const noteRow: fc.Arbitrary<Note> = fc.record({ id: ids, text: fc.constantFrom("x", "y", "z") });
const memberRow = fc.record({
  team: ids,
  user: fc.integer({ min: -3, max: 3 }),
  since: fc.option(fc.date({ noInvalidDate: true })),
});
const content = fc.record({
  Contact: fc.array(contactRow, { maxLength: 40 }),
  Member: fc.array(memberRow, { maxLength: 40 }),
  Note: fc.array(noteRow, { maxLength: 10 }),
});
type Content = typeof content extends fc.Arbitrary<infer Value> ? Value : never;

const damages = {
  unreadableState: async (store: LocalStore) => damage(store, () => ({ state: Uint8Array.of(0xa1) })),
  emptyState: async (store: LocalStore) =>
    damage(store, (_rows, state) => ({ state: restated(state, () => ({ sums: [] })) })),
  wrongSums: async (store: LocalStore) =>
    damage(store, (_rows, state) => ({
      state: restated(state, ({ sums: [[name, count, , key], ...rest] }) => ({
        sums: [[name, count + 1, new Uint8Array(512), key], ...rest],
      })),
    })),
  negativeCount: async (store: LocalStore) =>
    damage(store, (_rows, state) => ({
      state: restated(state, ({ sums: [[name, , root, key], ...rest] }) => ({
        sums: [[name, -99, root, key], ...rest],
      })),
    })),
  foreignPosition: async (store: LocalStore) =>
    damage(store, (_rows, state) => ({
      state: restated(state, () => ({ pull: { after: { collection: "Member", key: "k2/1" }, rows: 3 } })),
    })),
};
/** What no root can show, since it is made of the sums that are stored: for this there is the audit. */
const hiddenDamages = {
  /** The digest of a row is not that of its bytes. */
  digest: async (store: LocalStore) =>
    damage(store, ([row]) => ({ upserts: row ? [{ ...row, digest: row.digest.map((byte) => byte ^ 1) }] : [] })),
  /** A row is gone that the sums still count. */
  lostRow: async (store: LocalStore) => damage(store, ([row]) => ({ deletes: row ? [row] : [] })),
  /** A row is there that the sums do not count. */
  strayRow: async (store: LocalStore) =>
    damage(store, () => {
      const encoding = encodingOf("Contact", contact("stray"));
      return { upserts: [{ collection: "Contact", key: "stray", digest: new Uint8Array(32).fill(9), encoding }] };
    }),
  /** Bytes rot. */
  bytes: async (store: LocalStore) =>
    damage(store, ([row]) => ({ upserts: row ? [{ ...row, encoding: row.encoding.map((byte) => byte ^ 4) }] : [] })),
  /** Rows of one collection lie under each other's keys. */
  swappedRows: async (store: LocalStore) =>
    damage(store, ([a, b]) => ({
      upserts: a && b ? [{ ...a, key: b.key }, ...(a.key === b.key ? [] : [{ ...b, key: a.key }])] : [],
    })),
};
type Change = Partial<Parameters<LocalStore["apply"]>[0]>;

async function damage(
  store: LocalStore,
  change: (rows: Awaited<ReturnType<LocalStore["scan"]>>, state: Uint8Array) => Change,
): Promise<void> {
  const { revision, state } = (await store.load())!;
  const rows = await store.scan("Contact", null, 2);
  const done = await store.apply({
    deletes: [],
    upserts: [],
    state,
    ...change(rows, state),
    revision: revision + 1,
  });
  expect(done).toBe(true);
}

describe("invariant 1, convergent", () => {
  it("a client in any state reaches the server's rows", async () => {
    const server = await startServer();
    const put = (rows: Content) => {
      server.set.clear();
      for (const [name, of] of Object.entries(rows)) server.set.put(name, ...of);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { minLength: 1, maxLength: 3 }),
        fc.record({
          answerRows: fc.integer({ min: 1, max: 30 }),
          pageRows: fc.integer({ min: 1, max: 30 }),
          bulkShare: fc.constantFrom(0.01, 0.5, Number.POSITIVE_INFINITY),
        }),
        fc.option(fc.constantFrom(...Object.keys({ ...damages, ...hiddenDamages }))),
        fc.boolean(),
        async (contents, bounds, kind, isSameClient) => {
          server.bounds = bounds;
          const store = memoryStore();
          const first = newClient(server, { store });
          for (const rows of contents.slice(0, -1)) {
            put(rows);
            await first.sync();
          }
          put(contents.at(-1)!);
          const sync = isSameClient ? first : newClient(server, { store });
          if (kind !== null && (await store.load()) !== null) {
            await { ...damages, ...hiddenDamages }[kind]!(store);
            // A root that is right by chance asks no further.
            server.set.put("Contact", contact("fresh"));
          }
          if (kind !== null && kind in hiddenDamages) await sync.audit();

          const { inSync, count, requests } = await sync.sync();

          expect(inSync).toBe(true);
          expect(await contentsOf(store)).toEqual(server.set.contents());
          expect(count).toBe(Object.keys(server.set.contents()).length);
          expect(requests).toBeLessThan(200);
          const { rows, corrupted, sumsRepaired } = await sync.audit();
          expect({ rows, corrupted, sumsRepaired }).toEqual({ rows: count, corrupted: [], sumsRepaired: false });
        },
      ),
      { seed: 20_261_121, numRuns: 200 },
    );
  });
});
