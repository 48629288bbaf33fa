import { hash } from "node:crypto";
import type { ServerResponse } from "node:http";
import {
  decodePullRequest,
  decodeVerifyRequest,
  encodeManifest,
  encodePullAnswer,
  encodeVerifyAnswer,
  limits,
  type MediaType,
} from "@digest-sync/core";
import type { Digests } from "@digest-sync/engine";
import {
  applyDecorators,
  Controller,
  Get,
  HttpStatus,
  Inject,
  Post,
  Req,
  Res,
  StreamableFile,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import { type HttpRequest, readBody } from "./digest-sync.body.js";
import { DigestSyncEvents } from "./digest-sync.events.js";
import { DigestSyncFilter } from "./digest-sync.filter.js";
import { answerMedia } from "./digest-sync.media.js";
import type { DigestSyncExtras, DigestSyncOptions } from "./digest-sync.options.js";
import { DigestSyncScopeInterceptor, scopeOf } from "./digest-sync.scope.js";
import { DIGEST_SYNC_OPTIONS, DIGESTS } from "./digest-sync.tokens.js";

/**
 * A controller class of its own for every registration: path and guards are metadata of the class, and two
 * registrations that shared one would overwrite each other's. Neutral to URI versioning: the messages carry a version.
 */
export function createController({ path = "sync", guards = [], decorators = [] }: DigestSyncExtras): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseFilters(DigestSyncFilter)
  @UseGuards(...guards)
  @applyDecorators(...decorators)
  class DigestSyncController {
    constructor(
      @Inject(DIGESTS) private readonly digests: Digests,
      @Inject(DigestSyncEvents) private readonly live: DigestSyncEvents,
      @Inject(DIGEST_SYNC_OPTIONS) private readonly options: DigestSyncOptions,
      @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    ) {}

    @Post("verify")
    @UseInterceptors(DigestSyncScopeInterceptor)
    async verify(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
      const { bytes, media } = await this.read(request);
      const answer = await this.digests.verify(decodeVerifyRequest(bytes, media), scopeOf(request));
      this.answer(request, response, (as) => encodeVerifyAnswer(answer, as));
    }

    @Post("pull")
    @UseInterceptors(DigestSyncScopeInterceptor)
    async pull(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
      const { bytes, media } = await this.read(request);
      const answer = await this.digests.pull(decodePullRequest(bytes, media), scopeOf(request));
      this.answer(request, response, (as) => encodePullAnswer(answer, as));
    }

    @Get("manifest")
    manifest(@Req() request: HttpRequest, @Res() response: unknown): void {
      this.answer(request, response, (as) => encodeManifest(this.digests.manifest, as));
    }

    /** Server-sent events: `ready`, then a `hint` whenever something in the request's scopes has changed. */
    @Get("events")
    @UseInterceptors(DigestSyncScopeInterceptor)
    async events(@Req() request: HttpRequest & { readonly url: string }, @Res() response: object): Promise<void> {
      const names = new URL(request.url, "http://localhost").searchParams.get("collections")?.split(",");
      const stream = await this.live.connect(scopeOf(request), names);
      // Fastify's reply has the response of node:http in `raw`, Express's response is that response.
      const raw = "raw" in response ? (response.raw as ServerResponse) : (response as ServerResponse);
      raw.once("close", () => stream.destroy());
      // Whoever asked has left meanwhile.
      if (raw.destroyed) return void stream.destroy();
      if (raw.req.method === "HEAD") stream.end();
      const { httpAdapter } = this.host;
      // `no-transform` keeps compression away, and the other header nginx's buffer: both would hold events back.
      httpAdapter.setHeader(response, "cache-control", "no-store, no-transform");
      httpAdapter.setHeader(response, "x-accel-buffering", "no");
      // A server that stops would otherwise wait for the connection to idle out after the stream has ended.
      if (raw.req.httpVersionMajor === 1) httpAdapter.setHeader(response, "connection", "close");
      httpAdapter.reply(response, new StreamableFile(stream, { type: "text/event-stream" }), HttpStatus.OK);
    }

    private read(request: HttpRequest): Promise<{ media: MediaType; bytes: Uint8Array }> {
      return readBody(request, this.options.limits?.requestBytes ?? limits.requestBytes);
    }

    /**
     * Through the adapter, not as a return value: interceptors of the app that wrap whatever handlers return would
     * break the protocol. A StreamableFile, because Express would hash a buffer for an ETag that nobody asks for.
     */
    private answer(request: HttpRequest, response: unknown, encode: (media: MediaType) => Uint8Array): void {
      const media = answerMedia(request.headers.accept);
      const bytes = encode(media);
      const { httpAdapter } = this.host;
      httpAdapter.setHeader(response, "cache-control", "no-store");
      httpAdapter.setHeader(response, "vary", "accept");
      // RFC 9530: a bit that flips on the way must not become a row.
      httpAdapter.setHeader(response, "content-digest", `sha-256=:${hash("sha256", bytes, "base64")}:`);
      httpAdapter.reply(response, new StreamableFile(bytes, { type: media, length: bytes.length }), HttpStatus.OK);
    }
  }
  return DigestSyncController;
}
