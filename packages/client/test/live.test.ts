import { describe, expect, it, vi } from "vitest";
import { type LiveServer, liveClient, until } from "./live-setup.js";
import { contact, contacts } from "./sample.js";

const verifies = ({ server }: LiveServer) => server.seen.filter(({ path }) => path === "verify").length;

describe("live sync", () => {
  it("goes live with one request, and brings what a hint says has changed with one request of 32 cells", async () => {
    const { live, sync, phases, world } = await liveClient();
    live.server.set.put("Contact", ...contacts(3));
    expect(sync.status).toMatchObject({ phase: "idle", lastInSync: undefined, pending: true });
    sync.start({}, world);
    await until(() => sync.status.phase === "live" && !sync.status.pending);
    expect(await sync.collection("Contact").size).toBe(3);
    expect(live.server.takePaths()).toEqual(["verify"]);
    expect(phases.filter((phase) => phase !== "connecting" && phase !== "live")).toContain("syncing");

    live.server.set.put("Contact", contact("new"));
    live.hint();
    await until(async () => (await sync.collection("Contact").get("new")) && sync.status.phase === "live");
    expect(live.server.seen).toMatchObject([{ path: "verify", request: { sketch: expect.any(Uint8Array) } }]);
    expect(sync.status).toMatchObject({ pending: false, error: undefined, lastInSync: 1_000_000 });
  });

  it("while it is live it asks nothing by itself", async () => {
    const { live, sync, clock, world } = await liveClient();
    sync.start({ every: 1_000 }, world);
    await until(() => sync.status.phase === "live" && verifies(live) === 1);
    // The watchdog alone sleeps.
    await until(() => clock.dues.length === 1);
    expect(clock.dues).toEqual([35_000]);
  });

  it("makes one more sync of the hints that come during one", async () => {
    const { live, sync, world } = await liveClient();
    sync.start({}, world);
    await until(() => sync.status.phase === "live" && verifies(live) === 1);
    let answer = () => {};
    let isHeld = false;
    live.server.tamper.verify = async (given) => {
      if (!isHeld) {
        isHeld = true;
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
      }
      return given;
    };
    const hinted = vi.spyOn(sync, "hint");
    live.hint();
    await until(() => isHeld);
    for (let i = 0; i < 5; i++) live.hint();
    await until(() => hinted.mock.calls.length === 6);
    live.server.set.put("Contact", contact("last"));
    answer();
    await until(async () => (await sync.collection("Contact").get("last")) && sync.status.phase === "live");
    expect(verifies(live)).toBe(3);
    expect(sync.status.pending).toBe(false);
  });

  it("polls where the server has no events, and asks for them again much later", async () => {
    const { live, sync, clock, world } = await liveClient();
    live.instead = (response) => response.writeHead(404).end();
    sync.start({ every: 20_000 }, world);
    await until(() => sync.status.phase === "polling" && clock.dues.length === 2);
    expect(live.asked).toBe(1);
    live.server.set.put("Contact", contact("polled"));
    for (let round = 0; round < 3; round++) {
      const before = verifies(live);
      clock.advance(20_000);
      await until(() => verifies(live) > before && sync.status.phase === "polling" && clock.dues.length === 2);
    }
    expect(await sync.collection("Contact").get("polled")).toBeDefined();
    expect(live.asked).toBe(1);
    live.instead = undefined;
    clock.advance(601_000);
    await until(() => sync.status.phase === "live");
    expect(live.asked).toBe(2);
  });

  it("polls where a proxy holds events back", async () => {
    const { live, sync, clock, world } = await liveClient();
    live.instead = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
    };
    sync.start({}, world);
    await until(() => live.open.size === 1 && clock.dues.length === 2);
    // The first sync waits for the connection, but not for long.
    clock.advance(1_000);
    await until(() => sync.status.phase === "connecting" && !sync.status.pending);
    clock.advance(9_000);
    await until(() => sync.status.phase === "polling");
    await until(() => live.open.size === 0);
  });

  it("polls and waits as long as a server asks that has no place left", async () => {
    const { live, sync, clock, world } = await liveClient();
    live.instead = (response) => response.writeHead(503, { "retry-after": "77" }).end();
    sync.start({}, world);
    await until(() => sync.status.phase === "polling" && clock.dues.length === 2);
    // A second of backoff, halved twice by chance 0.5, doubled once for the failure.
    expect(clock.dues).toEqual([30_000, 78_000]);
  });

  it("connects anew when the server falls silent, and makes up for what it missed", async () => {
    const { live, sync, clock, world } = await liveClient();
    sync.start({}, world);
    await until(() => sync.status.phase === "live" && verifies(live) === 1 && clock.dues.length === 1);
    live.server.set.put("Contact", contact("missed"));
    clock.advance(35_000);
    await until(() => live.open.size === 0 && clock.dues.length === 1);
    expect(sync.status.phase).toBe("connecting");
    clock.advance(1_000);
    await until(async () => sync.status.phase === "live" && (await sync.collection("Contact").get("missed")));
    expect(live.asked).toBe(2);
  });

  it("backs off from connections that end as soon as they begin", async () => {
    const { live, sync, clock, world } = await liveClient();
    live.instead = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('event: ready\ndata: {"heartbeat":15000}\n\n');
    };
    sync.start({ every: 900_000 }, world);
    for (const pause of [1_000, 2_000, 4_000, 8_000]) {
      await until(() => sync.status.phase === "polling" && clock.dues.includes(pause));
      clock.advance(pause);
    }
  });

  it("with `live: false` it polls and never asks for events", async () => {
    const { live, sync, clock, world } = await liveClient();
    sync.start({ live: false, every: 5_000 }, world);
    await until(() => sync.status.phase === "polling" && clock.dues[0] === 5_000);
    expect(live.asked).toBe(0);
  });

  it("sends the app's headers through the app's fetch, and names the collections it holds", async () => {
    const urls: string[] = [];
    const { live, sync, world } = await liveClient({
      headers: () => ({ authorization: "Bearer token" }),
      collections: ["Contact", "Note"],
      fetch: (url, init) => {
        urls.push(String(url));
        return fetch(url, init);
      },
    });
    sync.start({}, world);
    await until(() => live.asked === 1);
    expect(live.headers[0]).toMatchObject({ authorization: "Bearer token", accept: "text/event-stream" });
    expect(urls).toContain(`${live.server.url}/events?collections=Contact,Note`);
  });
});

describe("a page that is hidden or offline", () => {
  it.each([
    ["paused", { visible: false }, { visible: true }],
    ["offline", { online: false }, { online: true }],
  ] as const)("is %s: no connection, no request, and all is made up for on return", async (phase, away, back) => {
    const { live, sync, world, clock } = await liveClient();
    sync.start({}, world);
    await until(() => sync.status.phase === "live" && verifies(live) === 1);
    world.set(away);
    await until(() => sync.status.phase === phase && live.open.size === 0);
    live.server.set.put("Contact", contact("meanwhile"));
    expect(clock.dues).toEqual([]);
    clock.advance(3_600_000);
    world.set(back);
    await until(async () => sync.status.phase === "live" && (await sync.collection("Contact").get("meanwhile")));
  });

  it("that is hidden from the start waits until it is seen", async () => {
    const { live, sync, world } = await liveClient();
    world.set({ visible: false });
    sync.start({}, world);
    await until(() => sync.status.phase === "paused");
    expect(live.asked + verifies(live)).toBe(0);
    world.set({ visible: true });
    await until(() => sync.status.phase === "live");
  });
});

describe("stop()", () => {
  it("ends the connection and a sync that is under way, and start() begins anew", async () => {
    const { live, sync, world } = await liveClient();
    live.server.tamper.verify = () => new Promise(() => {});
    sync.start({}, world);
    await until(() => live.open.size === 1 && live.server.seen.length === 1);
    await sync.stop();
    expect(sync.status).toMatchObject({ phase: "idle", error: undefined });
    await until(() => live.open.size === 0);
    delete live.server.tamper.verify;
    sync.start({}, world);
    await until(() => sync.status.phase === "live");
    await Promise.all([sync.stop(), sync.stop()]);
    expect(sync.status.phase).toBe("idle");
  });

  it("right after start() leaves nothing behind", async () => {
    const { live, sync, clock, world } = await liveClient();
    sync.start({}, world);
    await sync.stop();
    expect(sync.status.phase).toBe("idle");
    await until(() => live.open.size === 0);
    expect(clock.dues).toEqual([]);
  });
});

describe("what goes wrong", () => {
  it("is in the status with when it is tried again, and over once it works", async () => {
    const { live, sync, clock, world } = await liveClient({ retries: 0 });
    live.server.set.put("Contact", ...contacts(2));
    sync.start({ live: false, every: 1_000 }, world);
    await until(() => sync.status.phase === "polling" && !sync.status.pending && clock.dues.length === 1);
    live.server.tamper.http = (_request, response) => {
      response.writeHead(502, { "content-type": "text/html" }).end("<html>bad gateway</html>");
      return true;
    };
    clock.advance(1_000);
    await until(() => sync.status.retryAt !== undefined);
    expect(sync.status).toMatchObject({ phase: "error", pending: true, lastInSync: 1_000_000 });
    expect(sync.status.error).toMatchObject({ code: "network", message: expect.stringContaining("try again later") });
    expect(sync.status.retryAt).toBe(clock.time + 1_000);
    expect(await sync.collection("Contact").all()).toHaveLength(2);
    clock.advance(1_000);
    await until(() => sync.status.retryAt === clock.time + 2_000);
    live.server.tamper = {};
    clock.advance(2_000);
    await until(() => sync.status.phase === "polling");
    expect(sync.status).toMatchObject({ error: undefined, retryAt: undefined, pending: false });
  });

  it("waits as long as a busy server asks", async () => {
    const { live, sync, clock, world } = await liveClient({ retries: 0 });
    live.server.tamper.http = (_request, response) => {
      const headers = { "content-type": "application/problem+json", "retry-after": "40" };
      response.writeHead(503, headers).end('{"code":"settling","detail":"Many changes are waiting."}');
      return true;
    };
    sync.start({ live: false }, world);
    await until(() => sync.status.retryAt !== undefined);
    expect(sync.status.error?.code).toBe("settling");
    expect(sync.status.retryAt).toBe(clock.time + 41_000);
  });

  it("an HTML page in the server's place says so", async () => {
    const { live, sync, world } = await liveClient();
    live.server.tamper.http = (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>sign in</html>");
      return true;
    };
    sync.start({}, world);
    await until(() => sync.status.error !== undefined);
    expect(sync.status.error).toMatchObject({ code: "bad-answer", message: expect.stringMatching(/HTML.*login page/) });
  });
});

describe("the status", () => {
  it("is one object until something is new, frozen, and a listener that left hears no more", async () => {
    const { sync } = await liveClient();
    const seen: unknown[] = [];
    const leave = sync.onStatus((status) => seen.push(status));
    const before = sync.status;
    expect(sync.status).toBe(before);
    await sync.sync();
    expect(Object.isFrozen(sync.status)).toBe(true);
    expect(before).toMatchObject({ phase: "idle", pending: true });
    expect(seen.at(-1)).toBe(sync.status);
    leave();
    const { length } = seen;
    await sync.sync();
    expect(seen).toHaveLength(length);
  });
});
