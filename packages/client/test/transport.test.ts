import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { retryAfterMilliseconds } from "../src/retry.js";
import { contacts } from "./sample.js";
import { failure, newClient, startServer, TestClock } from "./setup.js";

const status = (response: ServerResponse, code: number, headers = {}, body = ""): true => {
  response.writeHead(code, headers);
  response.end(body);
  return true;
};

/** Answers the first requests with these, then honestly. */
async function failing(...steps: ((response: ServerResponse) => true)[]) {
  const server = await startServer();
  server.set.put("Contact", ...contacts(3));
  const clock = new TestClock();
  let asked = 0;
  server.tamper = { http: (_request, response) => steps[asked++]?.(response) ?? false };
  return { server, clock, asked: () => asked, sync: newClient(server, {}, clock) };
}
const drop = (response: ServerResponse): true => {
  response.destroy();
  return true;
};

describe("invariant 12, polite: retries", () => {
  it.each([
    ["a connection that breaks", drop],
    [
      "a body that breaks off",
      (response: ServerResponse): true => {
        response.writeHead(200, { "content-type": "application/cbor", "content-length": "100" });
        response.write("x");
        setImmediate(() => response.destroy());
        return true;
      },
    ],
    ["500", (response: ServerResponse) => status(response, 500)],
    [
      "502 with a proxy's web page",
      (response: ServerResponse) => status(response, 502, { "content-type": "text/html" }),
    ],
    ["503", (response: ServerResponse) => status(response, 503)],
    ["429", (response: ServerResponse) => status(response, 429)],
  ] as [string, (response: ServerResponse) => true][])("%s is tried again", async (_name, step) => {
    const { sync, asked, clock } = await failing(step, step);
    expect(await sync.sync()).toMatchObject({ inSync: true, rounds: 1, requests: 3 });
    expect(asked()).toBe(3);
    expect(clock.slept).toEqual([125, 250]);
  });

  it("wait longer each time, up to half a minute, by chance between nothing and all of it", async () => {
    const { server, clock } = await failing(...new Array(10).fill(drop));
    clock.chance = 0.999999;
    expect(await newClient(server, { retries: 10 }, clock).sync()).toMatchObject({ inSync: true });
    expect(clock.slept.map(Math.round)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  });

  it.each([400, 404, 409, 413, 415, 422])("%i is not tried again", async (code) => {
    const { sync, asked } = await failing((response) => status(response, code));
    await failure(sync.sync(), code === 413 ? "too-large" : "bad-answer");
    expect(asked()).toBe(1);
  });

  it.each([401, 403])("%i is unauthorized at once", async (code) => {
    const { sync, asked } = await failing((response) => status(response, code));
    const error = await failure(sync.sync(), "unauthorized");
    expect(error.message).toMatch(/sign in again/);
    expect(asked()).toBe(1);
  });

  it("do not repeat an answer that is too long, nor hide an error of the app's own headers", async () => {
    const { server, asked } = await failing();
    await failure(newClient(server, { maxAnswerBytes: 10 }).sync(), "too-large");
    expect(asked()).toBe(1);
    const headers = () => Promise.reject(new Error("no token"));
    await expect(newClient(server, { headers }).sync()).rejects.toThrow("no token");
    expect(asked()).toBe(1);
  });

  it("end with the last error, and the next sync starts afresh", async () => {
    const { server, clock, asked } = await failing(...new Array(3).fill(drop));
    const sync = newClient(server, { retries: 2 }, clock);
    await failure(sync.sync(), "network");
    expect(asked()).toBe(3);
    expect(await sync.sync()).toMatchObject({ inSync: true });
  });

  it("wait as long as Retry-After says, and a little by chance", async () => {
    const { sync, clock } = await failing((response) => status(response, 503, { "retry-after": "7" }));
    await sync.sync();
    expect(clock.slept).toEqual([7_125]);
  });

  it("end when Retry-After asks for more than a minute: the error says when to come back", async () => {
    const problem = JSON.stringify({ code: "settling", detail: "10,000 rows are pending" });
    const { sync, asked } = await failing((response) =>
      status(response, 503, { "retry-after": "61", "content-type": "application/problem+json" }, problem),
    );
    const error = await failure(sync.sync(), "settling");
    expect(error.retryAfter).toBe(61);
    expect(error.message).toMatch(/10,000 rows are pending/);
    expect(asked()).toBe(1);
  });

  it("read Retry-After as seconds or as a date", () => {
    const now = Date.UTC(2026, 0, 1);
    expect(retryAfterMilliseconds("3", now)).toBe(3_000);
    expect(retryAfterMilliseconds(new Date(now + 5_000).toUTCString(), now)).toBe(5_000);
    expect(retryAfterMilliseconds(new Date(now - 5_000).toUTCString(), now)).toBe(0);
    expect(retryAfterMilliseconds("soon", now)).toBe(0);
    expect(retryAfterMilliseconds(null, now)).toBe(0);
  });
});

describe("a request", () => {
  it("that takes too long is a timeout, and is tried again", async () => {
    const { server, asked } = await failing(
      () => true,
      (response) => {
        response.writeHead(200, { "content-type": "application/cbor" });
        response.write("a");
        return true;
      },
    );
    // Time is a number here: the timer of a request that hangs fires once the server has it.
    const clock = new TestClock();
    const waiting = clock.sleep;
    clock.sleep = async (milliseconds, signal) => {
      if (milliseconds !== 4_000_000) return waiting(milliseconds, signal);
      const before = asked();
      while (asked() === before && !signal?.aborted) await new Promise(setImmediate);
      if (asked() > 2) return waiting(milliseconds, signal);
    };
    const options = { timeout: 4_000_000, retries: 1 };
    const error = await failure(newClient(server, options, clock).sync(), "timeout");
    expect(error.message).toMatch(/no answer within 4000000 ms/);
    expect(asked()).toBe(2);
    expect(await newClient(server, options, clock).sync()).toMatchObject({ inSync: true });
  });

  it("carries headers of the app, asked for anew at each attempt", async () => {
    const { server } = await failing((response) => status(response, 500));
    const sent: unknown[] = [];
    const honest = server.tamper.http!;
    server.tamper.http = (request, response) => {
      sent.push([request.headers.authorization, request.headers.accept, request.headers["content-type"]]);
      return honest(request, response);
    };
    let token = 0;
    await newClient(server, { headers: async () => ({ Authorization: `Bearer ${++token}`, Accept: "no" }) }).sync();
    expect(sent).toEqual([
      ["Bearer 1", "application/cbor", "application/cbor"],
      ["Bearer 2", "application/cbor", "application/cbor"],
    ]);
  });

  it("goes through the app's own fetch, which may know no body streams", async () => {
    const { server } = await failing();
    const inits: (RequestInit | undefined)[] = [];
    const noStreams: typeof fetch = async (input, init) => {
      inits.push(init);
      const { status, headers, ...response } = await fetch(input, init).then(async (whole) => ({
        status: whole.status,
        headers: whole.headers,
        bytes: await whole.arrayBuffer(),
      }));
      return { status, headers, body: undefined, arrayBuffer: async () => response.bytes } as unknown as Response;
    };
    expect(await newClient(server, { fetch: noStreams }).sync()).toMatchObject({ inSync: true });
    expect(inits).toMatchObject([{ method: "POST", cache: "no-store" }]);
    await failure(newClient(server, { fetch: noStreams, maxAnswerBytes: 50 }).sync(), "too-large");
  });

  it("says what to do when the url cannot be reached", async () => {
    const { server } = await failing();
    const url = "/sync";
    const error = await failure(newClient(server, { url, retries: 0 }).sync(), "network");
    expect(error.message).toMatch(/must be absolute/);
    const missing = await failure(
      newClient(server, { url: server.url.replace("/sync", "/other") }).sync(),
      "bad-answer",
    );
    expect(missing.message).toMatch(/404.*mounted/);
  });

  it("has the code that the server's problem document names", async () => {
    const problem = JSON.stringify({ title: "not installed", code: "not-installed" });
    const step = (response: ServerResponse) =>
      status(response, 500, { "content-type": "application/problem+json; charset=utf-8" }, problem);
    const { server } = await failing(step);
    const error = await failure(newClient(server, { retries: 0 }).sync(), "not-installed");
    expect(error.message).toMatch(/500: not installed/);
  });
});

describe("an AbortSignal", () => {
  it("that fired before ends the sync before any request", async () => {
    const { sync, asked } = await failing();
    await failure(sync.sync({ signal: AbortSignal.abort() }), "aborted");
    expect(asked()).toBe(0);
    expect(await sync.sync()).toMatchObject({ inSync: true });
  });

  it("ends a request that is under way, and a sync may follow at once", async () => {
    const controller = new AbortController();
    const { sync, asked } = await failing(() => {
      controller.abort(new Error("enough"));
      return true;
    });
    const error = await failure(sync.sync({ signal: controller.signal }), "aborted");
    expect(error.cause).toMatchObject({ message: "enough" });
    expect(await sync.sync()).toMatchObject({ inSync: true });
    expect(asked()).toBe(2);
  });

  it("ends the pause between retries", async () => {
    const { server, clock } = await failing(drop, drop);
    const controller = new AbortController();
    clock.sleep = async (milliseconds, signal) => {
      if (milliseconds < 1_000) controller.abort();
      await new Promise<void>((resolve) => {
        signal?.addEventListener("abort", () => resolve());
        if (signal?.aborted) resolve();
      });
    };
    await failure(newClient(server, {}, clock).sync({ signal: controller.signal }), "aborted");
  });
});
