import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import { LiveServer, liveClient, type Started, TestLocks, TestWorld, until } from "./live-setup.js";
import { contact, contacts } from "./sample.js";

let stores = 0;

/** Tabs of one page: the same store, the same locks, a real BroadcastChannel. */
async function openTabs(count: number): Promise<{ live: LiveServer; tabs: Started[] }> {
  const live = await LiveServer.start();
  const store = { ...memoryStore(), name: `test-${stores++}` };
  const { request } = new TestLocks();
  const tabs: Started[] = [];
  for (let i = 0; i < count; i++) {
    const channel = (name: string) => new BroadcastChannel(name);
    const world = new TestWorld({ locks: { request }, channel });
    tabs.push(await liveClient({ store }, { live, world }));
  }
  return { live, tabs };
}

describe("tabs that share a store", () => {
  it("one syncs for all; the others show its rows and its status", async () => {
    const { live, tabs } = await openTabs(3);
    const [leader, ...followers] = tabs as [Started, ...Started[]];
    leader.sync.start({}, leader.world);
    await until(() => leader.sync.status.phase === "live");
    for (const { sync, world } of followers) sync.start({}, world);
    for (const { sync } of followers) await until(() => sync.status.phase === "live" && !sync.status.leads);
    expect(leader.sync.status.leads).toBe(true);

    const told: unknown[] = [];
    followers[1]!.sync.subscribe((change) => told.push(change));
    live.server.set.put("Contact", contact("new"));
    live.hint();
    await until(() => told.length === 1);
    expect(told).toEqual([{ collections: { Contact: { upserted: ["new"], deleted: [] } } }]);
    expect(await followers[1]!.sync.collection("Contact").get("new")).toEqual(contact("new"));
    await until(() => followers[0]!.sync.status.lastInSync === leader.sync.status.lastInSync);
    expect(live.asked).toBe(1);
  });

  it("when the one that leads stops, another takes over where it was", async () => {
    const { live, tabs } = await openTabs(2);
    const [first, second] = tabs as [Started, Started];
    live.server.set.put("Contact", ...contacts(10));
    for (const { sync, world } of tabs) sync.start({}, world);
    for (const { sync } of tabs) await until(() => sync.status.phase === "live");
    await first.sync.stop();
    await until(() => second.sync.status.leads && second.sync.status.phase === "live" && !second.sync.status.pending);
    live.server.set.put("Contact", contact("new"));
    live.hint();
    await until(() => second.sync.collection("Contact").get("new"));
    expect(live.server.seen.some(({ path }) => path === "pull")).toBe(false);
  });

  it("one that is hidden hands over to one that is seen", async () => {
    const { live, tabs } = await openTabs(2);
    const [first, second] = tabs as [Started, Started];
    first.sync.start({}, first.world);
    await until(() => first.sync.status.leads && first.sync.status.phase === "live");
    second.sync.start({}, second.world);
    await until(() => second.sync.status.phase === "live" && !second.sync.status.leads);
    first.world.set({ visible: false });
    await until(() => first.sync.status.phase === "paused");
    await until(() => second.sync.status.leads && second.sync.status.phase === "live");
    // Back again, it follows, and has what came meanwhile.
    live.server.set.put("Contact", contact("meanwhile"));
    live.hint();
    first.world.set({ visible: true });
    await until(
      async () => first.sync.status.phase === "live" && (await first.sync.collection("Contact").get("meanwhile")),
    );
    expect([first.sync.status.leads, second.sync.status.leads]).toEqual([false, true]);
  });

  it("what goes wrong in the one that leads shows in the others", async () => {
    const { live, tabs } = await openTabs(2);
    const [first, second] = tabs as [Started, Started];
    live.server.tamper = {
      http: (_request, response) => {
        response.writeHead(401).end();
        return true;
      },
    };
    first.sync.start({}, first.world);
    await until(() => first.sync.status.error);
    second.sync.start({}, second.world);
    await until(() => second.sync.status.error);
    expect(second.sync.status).toMatchObject({ phase: "error", leads: false, error: { code: "unauthorized" } });
  });

  it("without locks every client syncs for itself", async () => {
    const live = await LiveServer.start();
    const store = { ...memoryStore(), name: "shared" };
    const clients = [await liveClient({ store }, { live }), await liveClient({ store }, { live })];
    for (const { sync, world } of clients) sync.start({}, world);
    for (const { sync } of clients) await until(() => sync.status.phase === "live" && sync.status.leads);
    expect(live.asked).toBe(2);
  });

  it("locks that this page may not use are done without", async () => {
    const live = await LiveServer.start();
    const request = () => Promise.reject(new Error("SecurityError"));
    const world = new TestWorld({ locks: { request }, channel: (name) => new BroadcastChannel(name) });
    const { sync } = await liveClient({ store: { ...memoryStore(), name: "frame" } }, { live, world });
    sync.start({}, world);
    await until(() => sync.status.phase === "live");
  });
});
