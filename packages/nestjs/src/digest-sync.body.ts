import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { DigestSyncError, limits, type MediaType } from "@digest-sync/core";
import { requestMedia } from "./digest-sync.media.js";

/** What Express and Fastify requests have in common, as far as bodies go. */
export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body?: unknown;
  /** Fastify: the request of node:http. An Express request is that request itself. */
  readonly raw?: unknown;
}

/**
 * How much of a body past the limit is read and dropped, as a multiple of the limit, before the connection is closed.
 * A client that is still writing does not read: closing at once would show it a reset connection in place of the 413.
 */
const PATIENCE = 4;

/**
 * The bytes of a request body. Whatever the app's own parsers left behind is accepted: the unread stream, bytes, or
 * (JSON) the parsed value.
 */
export async function readBody(request: HttpRequest, most: number): Promise<{ media: MediaType; bytes: Uint8Array }> {
  const media = requestMedia(request.headers["content-type"]);
  const encoding = request.headers["content-encoding"];
  const limit = media === "application/json" ? Math.min(most, limits.jsonBytes) : most;
  const announced = Number(request.headers["content-length"] ?? 0);
  const { body } = request;
  if (body instanceof Uint8Array) return { media, bytes: within(body, limit) };
  if (media === "application/json" && body !== undefined && !(body instanceof Readable)) {
    // A parser of the app has read it: what is too much need not be turned back into text to be counted.
    if (announced > limit) throw tooLarge(limit);
    return { media, bytes: within(jsonBytes(body), limit) };
  }
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new DigestSyncError("unsupported-media-type", "The body must not be compressed: sketches do not compress.");
  }
  const stream = [body, request.raw, request].find((candidate) => candidate instanceof Readable);
  if (!stream) throw new Error("The request body can be read neither as a stream nor as bytes.");
  return { media, bytes: await readStream(stream, limit, announced) };
}

/** Back to text: core reads bytes, and validates them the same way wherever they come from. */
function jsonBytes(value: unknown): Uint8Array {
  try {
    return new TextEncoder().encode(JSON.stringify(value));
  } catch {
    // Parsing is iterative and writing recursive: 50 kB of opening brackets overflow the stack.
    throw new DigestSyncError("malformed", "The JSON body is nested too deeply.");
  }
}

function within(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}

function readStream(stream: Readable, limit: number, announced: number): Promise<Uint8Array> {
  if (announced > limit * (1 + PATIENCE)) throw tooLarge(limit);
  if (stream.readableEnded) throw new Error("A parser or middleware of the app has read the body and kept nothing.");
  if (stream.destroyed) throw truncated();
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    stream.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit * (1 + PATIENCE)) {
        stream.pause();
        reject(tooLarge(limit));
      }
    });
    stream.once("end", () => (size > limit ? reject(tooLarge(limit)) : resolve(Buffer.concat(chunks, size))));
    // A connection that breaks emits "error" and "close", or "close" alone; after "end" neither matters any more.
    stream.once("error", () => reject(truncated()));
    stream.once("close", () => reject(truncated()));
  });
}

function tooLarge(limit: number): DigestSyncError {
  return new DigestSyncError("too-large", `The body is larger than ${limit} bytes.`);
}

function truncated(): DigestSyncError {
  return new DigestSyncError("malformed", "The connection ended before the whole body had arrived.");
}
