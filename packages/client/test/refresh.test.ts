import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { liveClient, until } from "./live-setup.js";
import { type Contact, contacts } from "./sample.js";
import { failure, newClient, startServer } from "./setup.js";

/** A server that knows one token, and a client that holds another until it is refreshed. */
async function signedOut(refresh: (renew: () => void) => unknown) {
  const server = await startServer();
  server.set.put("Contact", ...contacts(3));
  let token = "old";
  server.tamper = {
    http: (request, response) => {
      if (request.headers.authorization === "Bearer new") return false;
      response.writeHead(401).end();
      return true;
    },
  };
  const calls: string[] = [];
  const sync = newClient(server, {
    headers: () => ({ authorization: `Bearer ${token}` }),
    refresh: () => {
      calls.push("refresh");
      return refresh(() => {
        token = "new";
      });
    },
  });
  return { server, sync, calls };
}

describe("the refresh option", () => {
  it("is called once after a 401, and the request is sent again", async () => {
    const { sync, calls } = await signedOut(async (renew) => renew());
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 3, requests: 2 });
    expect(calls).toEqual(["refresh"]);
  });

  it("lets a sync go on whose sign-in ends in the middle of it", async () => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(12));
    server.bounds = { answerRows: 5, pageRows: 5, bulkShare: 0.5 };
    let valid = 0;
    let token = 0;
    let requests = 0;
    server.tamper.http = (request, response) => {
      requests += 1;
      if (requests === 3) valid += 1;
      if (request.headers.authorization === String(valid)) return false;
      response.writeHead(401).end();
      return true;
    };
    const refresh = () => {
      token += 1;
    };
    const sync = newClient(server, { headers: () => ({ authorization: String(token) }), refresh });
    // Verified, three pages pulled, verified; and one of these twice.
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 12, upserted: 12, requests: 6 });
  });

  it("that brings no better sign-in is called once, and the sync says to sign in again", async () => {
    const { sync, calls } = await signedOut(() => {});
    expect((await failure(sync.sync(), "unauthorized")).message).toMatch("sign in again");
    expect(calls).toEqual(["refresh"]);
  });

  it("that fails says so; what is held stays", async () => {
    const { sync } = await signedOut(() => Promise.reject(new Error("session over")));
    expect((await failure(sync.sync(), "unauthorized")).message).toMatch(/refresh.*session over.*sign in again/);
    expect(sync.status.error).toMatchObject({ code: "unauthorized" });
  });

  it("is shared by requests made at once, events among them", async () => {
    let token = "old";
    let calls = 0;
    const { live, sync, world, clock } = await liveClient({
      headers: () => ({ authorization: token }),
      refresh: async () => {
        calls += 1;
        await until(() => refused === 2);
        token = "new";
      },
    });
    const honest = live.server.tamper.http!;
    let refused = 0;
    live.server.tamper.http = (request, response) => {
      if (request.headers.authorization === "new") return honest(request, response);
      refused += 1;
      response.writeHead(401).end();
      return true;
    };
    sync.start({}, world);
    await until(() => refused === 1);
    // The first sync waits so long for the connection.
    clock.advance(1_000);
    await until(() => sync.status.phase === "live");
    expect(calls).toBe(1);
  });
});

describe("an answer that was damaged on its way", () => {
  const damaged = async (headers: (body: Buffer) => Record<string, string>) => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    let asked = 0;
    server.tamper.verify = (answer) => {
      asked += 1;
      return answer;
    };
    /** The first answer with one bit of a row's text flipped: a row that decodes, and was never the server's. */
    const fetchDamaged: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      const body = Buffer.from(await response.arrayBuffer());
      const sent = headers(body);
      const at = body.indexOf("name of");
      if (asked === 1 && at > 0) body[at]! ^= 1;
      return new Response(body, { status: response.status, headers: { "content-type": "application/cbor", ...sent } });
    };
    return { sync: newClient(server, { fetch: fetchDamaged }), asked: () => asked };
  };
  const digest = (body: Buffer) => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

  it("is told by its Content-Digest and asked for again: no wrong row is ever seen", async () => {
    const { sync, asked } = await damaged((body) => ({ "content-digest": digest(body) }));
    const reads: Promise<Contact[]>[] = [];
    sync.subscribe(() => reads.push(sync.collection("Contact").all()));
    expect(await sync.sync()).toMatchObject({ inSync: true, rounds: 1, requests: 2 });
    expect(asked()).toBe(2);
    expect(await Promise.all(reads)).toEqual([contacts(3)]);
  });

  it("without the header is found out by its root, and healed", async () => {
    const { sync } = await damaged(() => ({}));
    expect(await sync.sync()).toMatchObject({ inSync: true });
    expect((await sync.collection("Contact").all()).map(({ name }) => name)).toEqual(
      contacts(3).map(({ name }) => name),
    );
  });

  it.each([
    ["an algorithm that is not known", (_body: Buffer) => ({ "content-digest": "md5=:AAAA:" })],
    [
      "what a proxy compressed",
      (_body: Buffer) => ({ "content-digest": digest(Buffer.from("gzip")), "content-encoding": "gzip" }),
    ],
    ["several, one of them known", (body: Buffer) => ({ "content-digest": `sha-512=:AAAA:, ${digest(body)}` })],
  ])("a digest of %s stops nobody", async (_name, headers) => {
    const server = await startServer();
    server.set.put("Contact", ...contacts(3));
    const through: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      const body = Buffer.from(await response.arrayBuffer());
      return new Response(body, { headers: { "content-type": "application/cbor", ...headers(body) } });
    };
    expect(await newClient(server, { fetch: through }).sync()).toMatchObject({ inSync: true, requests: 1 });
  });
});
