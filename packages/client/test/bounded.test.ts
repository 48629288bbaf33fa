import { limits } from "@digest-sync/core";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.js";
import { contact, encodingOf } from "./sample.js";
import { failure, newClient, startServer } from "./setup.js";
import { changes, page, rowsOf } from "./tampered-answers.js";

const invented = (n: number) => rowsOf("Contact", encodingOf("Contact", contact(`invented ${n}`)));

describe("invariant 4, bounded", () => {
  it("ends when the server invents rows with `more` for ever", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = {
      verify: (answer, request) => changes({ more: true, rows: invented(n++) })(answer, request),
    };
    const error = await failure(newClient(server, { maxRequests: 40 }).sync(), "bad-answer");
    expect(error.message).toMatch(/no end after 40 requests/);
    expect(n).toBe(40);
  });

  it("ends when the server invents pages for ever", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = page(() => ({ rows: {}, next: { collection: "Contact", key: String.fromCharCode(0x100 + n++) } }));
    await failure(newClient(server, { maxRequests: 40 }).sync(), "bad-answer");
    expect(n).toBe(39);
  });

  it("ends when a sync has received too many bytes", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = {
      verify: (answer, request) =>
        changes({ more: true, rows: rowsOf("Contact", encodingOf("Contact", contact(`${n++}`, "x".repeat(10_000)))) })(
          answer,
          request,
        ),
    };
    await failure(newClient(server, { maxDownloadBytes: 100_000 }).sync(), "too-large");
    expect(n).toBe(10);
  });

  it("invariant 10, honest: ends when the server changes faster than rounds go: not in sync, what is held is valid", async () => {
    const server = await startServer();
    let n = 0;
    server.tamper = {
      verify: (answer) => {
        server.set.put("Contact", contact(`c${n++}`));
        return answer.type === "changes" ? { ...answer, root: new Uint8Array(32) } : answer;
      },
    };
    server.set.put("Contact", contact("first"));
    const store = memoryStore();
    const sync = newClient(server, { store });
    const { inSync, rounds, upserted } = await sync.sync();
    expect({ inSync, rounds, upserted }).toEqual({ inSync: false, rounds: 8, upserted: 8 });
    expect(await sync.audit()).toMatchObject({ corrupted: [], sumsRepaired: false });
  });

  it("sends no sketch longer than the limit", async () => {
    const server = await startServer();
    server.set.put("Contact", contact("x"));
    const sync = newClient(server);
    await sync.sync();
    server.tamper = {
      http: (request, response) => {
        response.writeHead(200, { "content-type": "application/cbor" });
        // {"base": .., "type": "longer-sketch", "cells": limit + 1}: the encoder would refuse to write this.
        const head = `a364626173655820${"00".repeat(32)}64747970656d6c6f6e6765722d736b65746368`;
        request.resume();
        response.end(Buffer.from(`${head}6563656c6c7319${(limits.cells + 1).toString(16)}`, "hex"));
        return true;
      },
    };
    const error = await failure(sync.sync(), "bad-answer");
    expect(error.message).toMatch(/cells/);
  });
});
