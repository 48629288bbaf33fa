import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  DigestSyncError,
  decodePullRequest,
  decodeVerifyRequest,
  encodeManifest,
  encodePullAnswer,
  encodeVerifyAnswer,
  type Manifest,
  type PullAnswer,
  type PullRequest,
  type VerifyAnswer,
  type VerifyRequest,
} from "@digest-sync/core";
import { type AnswerLimits, answerPull, answerVerify } from "./reference-answers.js";
import { ReferenceSet } from "./reference-set.js";
import { manifest as sampleManifest } from "./sample.js";

/** A request as the server read it, in the order of arrival. */
export type Seen =
  | { readonly path: "verify"; readonly request: VerifyRequest; readonly bytes: number }
  | { readonly path: "pull"; readonly request: PullRequest; readonly bytes: number }
  | { readonly path: "manifest"; readonly headers: IncomingMessage["headers"] };

/** Where a test comes between: each may change, delay or replace what an honest server answers. */
export interface Tamper {
  /** Before anything is read; returning true means that the request was answered. */
  http?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  verify?: (answer: VerifyAnswer, request: VerifyRequest) => VerifyAnswer | Promise<VerifyAnswer>;
  pull?: (answer: PullAnswer, request: PullRequest) => PullAnswer | Promise<PullAnswer>;
  /** The manifest that `GET manifest` answers. */
  manifest?: (manifest: Manifest) => Manifest;
}

/** A server that follows the protocol to the letter, over real HTTP on a free loopback port. */
export class ReferenceServer {
  readonly seen: Seen[] = [];
  tamper: Tamper = {};
  bounds: AnswerLimits = { answerRows: 5_000, pageRows: 5_000, bulkShare: 0.5 };
  url = "";
  private constructor(public set: ReferenceSet) {}

  static async start(manifest: Manifest = sampleManifest): Promise<ReferenceServer> {
    const server = new ReferenceServer(new ReferenceSet(manifest));
    const http = createServer((request, response) => {
      server.answer(request, response).catch((error: unknown) => {
        const status = error instanceof DigestSyncError ? 400 : 500;
        response.writeHead(status, { "content-type": "application/problem+json" });
        response.end(JSON.stringify({ status, code: (error as DigestSyncError).code, detail: String(error) }));
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/sync`;
    server.stop = async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    };
    return server;
  }

  stop: () => Promise<void> = async () => {};

  /** The same server with another manifest and no rows: a new version of the app. */
  deploy(manifest: Manifest): void {
    this.set = new ReferenceSet(manifest);
  }

  /** Paths of the requests since the last call. */
  takePaths(): string[] {
    return this.seen.splice(0).map(({ path }) => path);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await this.tamper.http?.(request, response)) return;
    const body = await readAll(request);
    const send = (bytes: Uint8Array) => {
      response.writeHead(200, { "content-type": "application/cbor", "cache-control": "no-store" });
      response.end(bytes);
    };
    switch (`${request.method} ${request.url}`) {
      case "POST /sync/verify": {
        const message = decodeVerifyRequest(body);
        this.seen.push({ path: "verify", request: message, bytes: body.length });
        const answer = answerVerify(this.set, message, this.bounds);
        return send(encodeVerifyAnswer((await this.tamper.verify?.(answer, message)) ?? answer));
      }
      case "POST /sync/pull": {
        const message = decodePullRequest(body);
        this.seen.push({ path: "pull", request: message, bytes: body.length });
        const answer = answerPull(this.set, message, this.bounds);
        return send(encodePullAnswer((await this.tamper.pull?.(answer, message)) ?? answer));
      }
      case "GET /sync/manifest":
        this.seen.push({ path: "manifest", headers: request.headers });
        return send(encodeManifest(this.tamper.manifest?.(this.set.manifest) ?? this.set.manifest));
    }
    response.writeHead(404, { "content-type": "text/plain" });
    response.end("not found");
  }
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}
