import { DigestSyncError, joinBytes } from "@digest-sync/core";
import { isIntact } from "./content-digest.js";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}
/** An answer that has arrived whole, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** Without parameters, in lower case; empty when there is none. */
  readonly contentType: string;
  /** The header as it was sent. */
  readonly retryAfter: string | null;
  readonly body: Uint8Array;
}
/** One exchange. Timeouts, retries and the rest wrap one `Send` into another. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

export type Headers = Readonly<Record<string, string>>;
/** Called for every attempt, so that a token refreshed meanwhile is used. */
export type HeadersOption = Headers | (() => Headers | Promise<Headers>);

/** Counts what a run costs: requests with every retry, and the bytes of HTTP bodies. */
export interface Meter {
  requests: number;
  bytesUp: number;
  bytesDown: number;
}

export interface FetchOptions {
  readonly fetch: typeof fetch;
  readonly headers: HeadersOption;
  /** An answer's body may have this many bytes. */
  readonly maxAnswerBytes: number;
  readonly meter: Meter;
}

/** The innermost `Send`: one fetch, the whole body read under a cap. Throws "network" and "too-large". */
export function sendWithFetch(options: FetchOptions): Send {
  const { meter } = options;
  return async ({ method, url, body, signal }) => {
    const { headers } = options;
    const sent = new Headers(typeof headers === "function" ? await headers() : headers);
    sent.set("accept", "application/cbor");
    if (body !== undefined) sent.set("content-type", "application/cbor");
    meter.requests += 1;
    meter.bytesUp += body?.length ?? 0;
    try {
      // A verification is never to be answered from a cache: its answer belongs to one root.
      const init: RequestInit = { method, headers: sent, signal, cache: "no-store" };
      if (body !== undefined) init.body = body;
      const response = await options.fetch(url, init);
      const bytes = await readBody(response, options.maxAnswerBytes, meter);
      if (!(await isIntact(response, bytes))) throw new Error("the answer was damaged on its way");
      return {
        status: response.status,
        contentType: (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase(),
        retryAfter: response.headers.get("retry-after"),
        body: bytes,
      };
    } catch (error) {
      // Told apart by name: an app may hold two copies of the class.
      if ((error as Error).name === "DigestSyncError") throw error;
      const hint = /^https?:/i.test(url) ? "" : " (outside a browser the url must be absolute)";
      const reason = error instanceof Error ? error.message : String(error);
      throw new DigestSyncError("network", `${method} ${url} failed: ${reason}${hint}`, { cause: error });
    }
  };
}

async function readBody(response: Response, maxBytes: number, meter: Meter): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () =>
    new DigestSyncError(
      "too-large",
      `the answer is longer than ${maxBytes} bytes; raise maxAnswerBytes if single rows are that large`,
    );
  // The header is only a chance to refuse early: with a content encoding it tells the compressed length.
  if (Number(response.headers.get("content-length")) > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  if (!response.body) {
    // React Native has no body streams.
    const whole = new Uint8Array(await response.arrayBuffer());
    meter.bytesDown += whole.length;
    if (whole.length > maxBytes) throw tooLarge();
    return whole;
  }
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    meter.bytesDown += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  return joinBytes(chunks);
}
