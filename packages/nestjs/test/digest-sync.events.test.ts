import type { Digests } from "@digest-sync/engine";
import { type CanActivate, type ExecutionContext, ForbiddenException, SetMetadata } from "@nestjs/common";
import { Reflector } from "@nestjs/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { DIGESTS, DigestSyncModule, type DigestSyncOptions } from "../src/index.js";
import { EventReader } from "./event-reader.js";
import { problemFor } from "./http-client.js";
import { adapters, openDatabase, serve, stopServers } from "./server.js";

const accountOf = (context: ExecutionContext): string => {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
  return headers["x-account"] ?? "nobody";
};

/** On a machine that is busy with other things as well. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000 });

describe.each(adapters)("GET events on %s", (_name, adapter) => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let prisma: ReturnType<typeof database.client>;
  const readers: EventReader[] = [];

  beforeEach(async () => {
    database = await openDatabase();
    prisma = database.client();
    for (const id of ["a1", "a2"]) await prisma.account.create({ data: { id, name: id, email: `${id}@example.com` } });
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await stopServers();
    await database.remove();
  });

  const scope = (context: ExecutionContext) => ({ id: accountOf(context), accountId: accountOf(context) });
  const start = async (given: Partial<DigestSyncOptions> = {}, extras: object = {}) => {
    const server = await serve(adapter(), {
      imports: [DigestSyncModule.forRoot({ prisma, manifest, scope, install: "auto", ...given, ...extras })],
    });
    // What was there before is no news.
    await server.app.get<Digests>(DIGESTS, { strict: false }).settle();
    return server;
  };
  const open = async (url: string, account = "a1", query = "") => {
    const reader = await EventReader.open(`${url}/sync/events${query}`, { "x-account": account });
    readers.push(reader);
    return reader;
  };
  const ready = async (url: string, account?: string, query?: string) => {
    const reader = await open(url, account, query);
    await eventually(() => expect(reader.events[0]).toBe("ready"));
    return reader;
  };
  const writeContact = (accountId: string) => prisma.contact.create({ data: { accountId, name: "Grace" } });

  it("answers with a stream that nothing in between should keep, and signs of life", async () => {
    const { url } = await start({ events: { heartbeat: 5 } });
    const reader = await ready(url);
    const { status, headers } = reader.response;
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(headers.get("cache-control")).toBe("no-store, no-transform");
    expect(headers.get("x-accel-buffering")).toBe("no");
    await eventually(() => expect(reader.heartbeats).toBeGreaterThan(3));
    expect(reader.events).toEqual(["ready"]);
  });

  it("hints at what has changed in the scopes of the request, and at nothing else (Isolated)", async () => {
    const { url } = await start();
    const [one, other] = [await ready(url, "a1"), await ready(url, "a2")];
    await writeContact("a2");
    await eventually(() => expect(other.events).toContain("hint"));
    expect(one.events).toEqual(["ready"]);
    await writeContact("a1");
    await eventually(() => expect(one.events).toContain("hint"));
  });

  it("watches the collections that are named", async () => {
    const { url } = await start();
    const [accounts, contacts] = [
      await ready(url, "a1", "?collections=Account"),
      await ready(url, "a1", "?collections=Contact,Unknown"),
    ];
    await writeContact("a1");
    await eventually(() => expect(contacts.events).toContain("hint"));
    expect(accounts.events).toEqual(["ready"]);
  });

  it("stands behind the guards and decorators of the other routes", async () => {
    const Marked = SetMetadata("marked", true);
    const guard: CanActivate = {
      canActivate: (context) => {
        if (new Reflector().get<boolean>("marked", context.getClass()) !== true) return false;
        return accountOf(context) !== "nobody";
      },
    };
    const { url } = await start({}, { guards: [guard], decorators: [Marked] });
    await ready(url, "a1");
    const problem = await problemFor(`${url}/sync/events`, { method: "GET" });
    expect(problem).toMatchObject({ status: 403, code: "unauthorized" });
  });

  it("answers a scope that is refused or missing with a problem, before there is a stream", async () => {
    const { url } = await start({
      scope: (context) => {
        if (accountOf(context) === "nobody") throw new ForbiddenException("Not you.");
        return {};
      },
    });
    const refused = await problemFor(`${url}/sync/events`, { method: "GET" });
    expect(refused).toMatchObject({ status: 403, code: "unauthorized", detail: "Not you." });
    const missing = await problemFor(`${url}/sync/events`, { method: "GET", headers: { "x-account": "a1" } });
    expect(missing).toMatchObject({ status: 403, code: "scope-missing" });
  });

  it("answers 503 with Retry-After when every place is taken, and gives places back", async () => {
    const { url, log } = await start({ events: { connections: 2 } });
    const [first] = [await ready(url), await ready(url)];
    const problem = await problemFor(`${url}/sync/events`, { method: "GET", headers: { "x-account": "a1" } });
    expect(problem).toMatchObject({ status: 503, code: "busy" });
    expect(problem.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    first?.close();
    await eventually(async () => expect((await open(url)).response.status).toBe(200));
    expect(log.errors).toEqual([]);
  });

  it("ends a connection that is too old, so that the grant is asked for anew", async () => {
    const { url } = await start({ events: { heartbeat: 5, maxAge: 20 } });
    await (await ready(url)).ended;
  });

  it("answers HEAD without keeping a connection", async () => {
    const { url } = await start({ events: { connections: 1 } });
    const head = () => fetch(`${url}/sync/events`, { method: "HEAD", headers: { "x-account": "a1" } });
    expect((await head()).headers.get("content-type")).toBe("text/event-stream");
    for (let i = 0; i < 3; i++) await eventually(async () => expect((await head()).status).toBe(200));
  });

  it("ends all connections when the app stops", async () => {
    const { app, url, log } = await start();
    const reader = await ready(url);
    await app.close();
    await reader.ended;
    expect(log.errors).toEqual([]);
  });

  it("notices through a relay at once what another server process settles", async () => {
    const listeners = new Set<() => void>();
    const notifications = {
      publish: () => {
        for (const listener of listeners) listener();
      },
      subscribe: async (listener: () => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const here = await start({ notifications });
    const there = await start({ prisma: database.client(), notifications });
    const reader = await ready(there.url);
    await writeContact("a1");
    await eventually(() => expect(reader.events).toContain("hint"));
    await here.app.close();
    await there.app.close();
    expect(listeners.size).toBe(0);
  });
});
