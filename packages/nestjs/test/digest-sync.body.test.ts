import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { encodeVerifyRequest, limits } from "@digest-sync/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import type { NestFastifyApplication } from "@nestjs/platform-fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { DigestSyncModule } from "../src/index.js";
import { BareClient, problemFor } from "./http-client.js";
import { adapters, openDatabase, type Server, serve, stopServers } from "./server.js";

const cbor = { "content-type": "application/cbor" };
const json = { "content-type": "application/json" };

describe.each(adapters)("Bodies on %s", (name, adapter) => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let server: Server;
  let verify: string;
  let good: Uint8Array;

  beforeAll(async () => {
    database = await openDatabase();
    const scope = () => ({ id: "a1", accountId: "a1" });
    const prisma = database.client();
    server = await serve(adapter(), {
      imports: [DigestSyncModule.forRoot({ prisma, manifest, scope, install: "auto", limits: { requestBytes: 4096 } })],
    });
    verify = `${server.url}/sync/verify`;
    good = encodeVerifyRequest(new BareClient(`${server.url}/sync`, manifest).request());
  });
  afterAll(async () => {
    await stopServers();
    await database.remove();
  });

  const stillServes = async () => {
    expect((await fetch(verify, { method: "POST", headers: cbor, body: good })).status).toBe(200);
    expect(server.log.errors).toEqual([]);
  };

  it("accepts a request up to the limit", stillServes);

  it.each([
    ["no CBOR", Uint8Array.of(0xff, 0xfe), "malformed"],
    ["an empty body", new Uint8Array(0), "malformed"],
    ["indefinite lengths", Uint8Array.of(0xbf, 0xff), "malformed"],
    ["text", new TextEncoder().encode("hello"), "invalid-message"],
    ["nesting without end", new Uint8Array(4000).fill(0x81), "invalid-message"],
  ])("answers 400 to %s", async (_what, body, code) => {
    expect(await problemFor(verify, { headers: cbor, body })).toMatchObject({ status: 400, code });
    await stillServes();
  });

  it("answers 400 malformed to bytes after the message", async () => {
    const body = new Uint8Array([...good, 0]);
    expect(await problemFor(verify, { headers: cbor, body })).toMatchObject({ status: 400, code: "malformed" });
  });

  it("answers 400 malformed to a truncated message, wherever it is cut", async () => {
    for (let length = 1; length < good.length; length += 17) {
      const problem = await problemFor(verify, { headers: cbor, body: good.subarray(0, length) });
      expect(problem).toMatchObject({ status: 400, code: "malformed" });
    }
    await stillServes();
  });

  it("answers 400 invalid-message to CBOR that is no request, naming the property", async () => {
    const problem = await problemFor(verify, { headers: cbor, body: Uint8Array.of(0xa0) });
    expect(problem).toMatchObject({
      type: "urn:digest-sync:problem:invalid-message",
      title: "Bad Request",
      status: 400,
      code: "invalid-message",
      detail: expect.stringContaining("protocol"),
    });
    expect(problem.headers.get("cache-control")).toBe("no-store");
  });

  it("answers 400 unsupported-protocol to another version", async () => {
    const request = { ...new BareClient(server.url, manifest).request(), protocol: 2 };
    const hex = Object.fromEntries(
      Object.entries(request).map(([key, value]) => [
        key,
        value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
      ]),
    );
    const problem = await problemFor(verify, { headers: json, body: JSON.stringify(hex) });
    expect(problem).toMatchObject({ status: 400, code: "unsupported-protocol" });
  });

  it.each([
    ["an array", "[]"],
    ["a number for the root", '{"protocol":1,"root":1}'],
    ["nesting without end", `${"[".repeat(2000)}${"]".repeat(2000)}`],
    ["nesting that overflows a stack", `{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
  ])("answers 400 or 413 to JSON that is %s", async (_what, body) => {
    const problem = await problemFor(verify, { headers: json, body });
    expect([400, 413]).toContain(problem.status);
    expect(["invalid-message", "malformed", "too-large"]).toContain(problem.code);
    await stillServes();
  });

  it("leaves JSON that does not parse to the app's own parser", async () => {
    const response = await fetch(verify, { method: "POST", headers: json, body: "{" });
    expect(response.status).toBe(400);
    await stillServes();
  });

  it("answers 415 to other types", async () => {
    for (const type of ["text/plain", "application/octet-stream", "application/cbor-seq"]) {
      const response = await fetch(verify, { method: "POST", headers: { "content-type": type }, body: good });
      expect(response.status).toBe(415);
    }
    const problem = await problemFor(verify, { headers: { "content-type": "text/plain" }, body: "hello" });
    expect(problem).toMatchObject({ status: 415, code: "unsupported-media-type" });
    await stillServes();
  });

  it("answers 415 to a compressed body", async () => {
    const problem = await problemFor(verify, { headers: { ...cbor, "content-encoding": "gzip" }, body: good });
    expect(problem).toMatchObject({ status: 415, code: "unsupported-media-type" });
    await stillServes();
  });

  it("answers 413 past the limit, by content-length", async () => {
    for (const length of [4097, 8000, 20_480]) {
      const problem = await problemFor(verify, { headers: cbor, body: new Uint8Array(length) });
      expect(problem).toMatchObject({ status: 413, code: "too-large" });
    }
    await stillServes();
  });

  it("answers 413 past the limit, in chunks of unknown number", async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let chunk = 0; chunk < 8; chunk++) controller.enqueue(new Uint8Array(1024));
        controller.close();
      },
    });
    const problem = await problemFor(verify, { headers: cbor, body, duplex: "half" });
    expect(problem).toMatchObject({ status: 413, code: "too-large" });
    await stillServes();
  });

  it("closes the connection on a body without end, having read a bounded part of it", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(head("transfer-encoding: chunked"));
    const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
    let closed = false;
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    const close = once(socket, "close").then(() => {
      closed = true;
    });
    // More than sockets can buffer between a writer and a reader that has stopped.
    for (let written = 0; written < 64 * 1024 && !closed; written++) {
      if (!socket.write(chunk)) await Promise.race([once(socket, "drain"), close]).catch(() => {});
      else await setImmediate();
    }
    await close;
    expect(answer === "" || answer.startsWith("HTTP/1.1 413")).toBe(true);
    await stillServes();
  });

  it("answers 413 at once to an announced length far past the limit", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(head(`content-length: ${2 ** 40}`));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413/);
    expect(answer.toString().toLowerCase()).toContain("connection: close");
    socket.destroy();
    await stillServes();
  });

  it("survives requests that are half written", async () => {
    for (const ending of ["end", "destroy", "resetAndDestroy"] as const) {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(head(`content-length: ${good.length}`));
      socket.write(good.subarray(0, 20));
      await setImmediate();
      socket[ending]();
      socket.resume();
      await once(socket, "close");
    }
    await stillServes();
  });

  it("reads JSON when the app has no parser, and bytes that a parser of the app has read", async () => {
    const prisma = database.client();
    const imports = () => [
      DigestSyncModule.forRoot({ prisma, manifest, scope: () => ({ id: "a1", accountId: "a1" }) }),
    ];
    const bare = await serve(adapter(), { imports: imports() }, undefined, { bodyParser: false });
    const problem = await problemFor(`${bare.url}/sync/verify`, { headers: json, body: "{}" });
    expect(problem).toMatchObject({ status: 400, code: "invalid-message" });

    const raw = await serve(adapter(), { imports: imports() }, (app) => {
      if (name === "Express") (app as NestExpressApplication).useBodyParser("raw", { type: "application/cbor" });
      else (app as NestFastifyApplication).useBodyParser("application/cbor");
    });
    expect((await fetch(`${raw.url}/sync/verify`, { method: "POST", headers: cbor, body: good })).status).toBe(200);
  });

  it("has room for the longest sketch by default", () => {
    expect(limits.requestBytes).toBeGreaterThan(limits.cells * 17);
  });

  const head = (length: string) =>
    `POST /sync/verify HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cbor\r\n${length}\r\n\r\n`;
});
