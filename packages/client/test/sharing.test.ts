import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import { contact, contacts } from "./sample.js";
import { contentsOf, failure, newClient, startServer } from "./setup.js";

/** A promise and the way to resolve it. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe("invariant 6, calls of sync share runs", () => {
  it("calls made at once are one run", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    const sync = newClient(server);
    const results = await Promise.all([sync.sync(), sync.sync(), sync.sync()]);
    expect(server.takePaths()).toEqual(["verify"]);
    expect(results[1]).toBe(results[0]);
  });

  it("calls made during a pull share it, for its verification is still to come", async () => {
    const server = await startServer();
    server.bounds = { answerRows: 5, pageRows: 5, bulkShare: 0.5 };
    server.set.put("Contact", ...contacts(12));
    const sync = newClient(server);
    const joined: Promise<unknown>[] = [];
    server.tamper = {
      pull: (answer) => {
        joined.push(sync.sync());
        return answer;
      },
    };
    const result = await sync.sync();
    expect(joined).toHaveLength(3);
    for (const other of joined) expect(await other).toBe(result);
    expect(server.takePaths()).toEqual(["verify", "pull", "pull", "pull", "verify"]);
  });

  it("calls made while the last answer is under way share the next run: they see what was written before them", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    const sync = newClient(server);
    const late: Promise<{ count: number }>[] = [];
    server.tamper = {
      verify: (answer) => {
        server.tamper = {};
        server.set.put("Contact", contact("written meanwhile"));
        late.push(sync.sync(), sync.sync({ changesLikely: true }));
        return answer;
      },
    };
    expect(await sync.sync()).toMatchObject({ count: 3 });
    const results = await Promise.all(late);
    expect(results[0]).toMatchObject({ count: 4, inSync: true, rounds: 1 });
    expect(results[1]).toBe(results[0]);
    expect(server.takePaths()).toEqual(["verify", "verify"]);
  });

  it("one call's abort leaves the others' run alone; the last one's ends it", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    const arrived = gate();
    const answering = gate();
    server.tamper = {
      verify: async (answer) => {
        arrived.open();
        await answering.passed;
        return answer;
      },
    };
    const sync = newClient(server);
    const controller = new AbortController();
    const kept = sync.sync();
    const left = failure(sync.sync({ signal: controller.signal }), "aborted");
    await arrived.passed;
    controller.abort();
    await left;
    answering.open();
    expect(await kept).toMatchObject({ inSync: true });
  });

  it("an error reaches all who wait, and the next call starts anew", async () => {
    const server = await startServer();
    server.tamper = {
      http: (_request, response) => {
        server.tamper = {};
        response.writeHead(401);
        response.end();
        return true;
      },
    };
    const sync = newClient(server);
    await Promise.all([failure(sync.sync(), "unauthorized"), failure(sync.sync(), "unauthorized")]);
    expect(await sync.sync()).toMatchObject({ inSync: true });
  });

  it("an audit waits for a sync that is under way, and a sync for an audit", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    const sync = newClient(server);
    const order: string[] = [];
    await Promise.all([
      sync.sync().then(() => order.push("sync")),
      sync.audit().then(({ rows }) => order.push(`audit of ${rows}`)),
      sync.sync().then(() => order.push("sync")),
    ]);
    expect(order).toContain("audit of 3");
  });
});

describe("two clients", () => {
  it("of one server hold the same", async () => {
    const server = await startServer();
    const stores = [memoryStore(), memoryStore()];
    const [a, b] = stores.map((store) => newClient(server, { store }));
    server.set.put("Contact", ...contacts(30));
    await Promise.all([a!.sync(), b!.sync()]);
    server.set.put("Contact", ...contacts(30, 20));
    const [one, other] = await Promise.all([a!.sync(), b!.sync()]);
    expect(one).toMatchObject({ inSync: true, count: 50 });
    expect(one.root).toEqual(other.root);
    expect(await contentsOf(stores[0]!)).toEqual(await contentsOf(stores[1]!));
  });

  it("invariant 7: over one store, as two tabs have it, they never mix up each other's changes", async () => {
    const server = await startServer();
    const store = memoryStore();
    server.bounds = { answerRows: 7, pageRows: 5, bulkShare: 0.5 };
    const tabs = [newClient(server, { store }), newClient(server, { store })];
    for (let step = 0; step < 10; step++) {
      server.set.put("Contact", ...contacts(20, step * 10), contact("same", `${step}`));
      server.set.remove("Contact", `c${String(step * 10).padStart(6, "0")}`);
      const results = await Promise.all(tabs.map((tab) => tab.sync({ changesLikely: step % 2 === 0 })));
      expect(results).toMatchObject([{ inSync: true }, { inSync: true }]);
      expect(await contentsOf(store)).toEqual(server.set.contents());
    }
    expect(await tabs[0]!.audit()).toMatchObject({ corrupted: [], sumsRepaired: false });
    expect(await tabs[1]!.collection("Contact").size).toBe(Object.keys(server.set.contents()).length);
  });
});
