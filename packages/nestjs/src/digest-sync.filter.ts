import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, StreamableFile } from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import { report } from "./digest-sync.log.js";
import type { DigestSyncOptions } from "./digest-sync.options.js";
import { problemOf } from "./digest-sync.problem.js";
import { DIGEST_SYNC_OPTIONS } from "./digest-sync.tokens.js";

/** Answers every error of our routes, guards included, as `application/problem+json` (RFC 9457). */
@Catch()
export class DigestSyncFilter implements ExceptionFilter {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(DIGEST_SYNC_OPTIONS) private readonly options: DigestSyncOptions,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { problem, unexpected, retryAfter } = problemOf(error);
    if (unexpected) report("A sync request failed", error, this.options.onError);
    const adapter = this.host.httpAdapter;
    const http = host.switchToHttp();
    const response = http.getResponse<unknown>();
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    adapter.setHeader(response, "cache-control", "no-store");
    if (retryAfter !== undefined) adapter.setHeader(response, "retry-after", String(retryAfter));
    if (problem.status === 413 && isStillSending(http.getRequest())) adapter.setHeader(response, "connection", "close");
    // As a file: to text both adapters add a charset, which the media type does not have, and objects are application/json.
    const bytes = new TextEncoder().encode(JSON.stringify(problem));
    const file = new StreamableFile(bytes, { type: "application/problem+json", length: bytes.length });
    adapter.reply(response, file, problem.status);
  }
}

/** Node would keep on reading a body nobody wants before it serves the connection's next request. HTTP/1 only. */
function isStillSending(request: { readonly raw?: unknown }): boolean {
  const message = (request.raw ?? request) as { readonly complete?: boolean; readonly httpVersionMajor?: number };
  return message.httpVersionMajor === 1 && message.complete === false;
}
