import {
  DigestSyncError,
  decodeValue,
  type ErrorCode,
  encodeValue,
  type ManifestMessage,
  type PullAnswer,
  type PullRequest,
  readPullAnswer,
  readVerifyAnswer,
  type VerifyAnswer,
  type VerifyRequest,
} from "@digest-sync/core";
import { badAnswer } from "./bad-answer.js";
import type { HttpAnswer, HttpRequest, Send } from "./http.js";
import { retryAfterMilliseconds } from "./retry.js";

/** A property that is undefined is one that is absent. */
type Sparse<Request> = { readonly [Name in keyof Request]: Request[Name] | undefined };

/** The three requests of the protocol, typed. */
export interface Connection {
  verify(request: Sparse<VerifyRequest>): Promise<VerifyAnswer>;
  pull(request: Sparse<PullRequest>): Promise<PullAnswer>;
  /** @param check tells a manifest from anything else */
  manifest(check: (message: unknown) => ManifestMessage): Promise<ManifestMessage>;
}

/** @param now milliseconds since the epoch, to read a `Retry-After` that is a date */
export function connect(send: Send, url: string, signal: AbortSignal, now: () => number): Connection {
  const base = url.replace(/\/+$/, "");
  async function exchange<Answer>(request: Omit<HttpRequest, "signal">, decode: (body: Uint8Array) => Answer) {
    const answer = await send({ ...request, signal });
    if (answer.status !== 200) throw failure(request, answer, now());
    if (answer.contentType !== "application/cbor") {
      const brought =
        answer.contentType === "text/html"
          ? "an HTML page, perhaps a login page or one of a proxy"
          : `"${answer.contentType}" instead of application/cbor`;
      throw badAnswer(`${request.method} ${request.url} brought ${brought}; check the url and what is in between`);
    }
    try {
      return decode(answer.body);
    } catch (cause) {
      const { message } = cause as Error;
      throw badAnswer(`${request.method} ${request.url} brought what cannot be read: ${message}`, { cause });
    }
  }
  const post = <Answer>(path: string, body: Uint8Array, decode: (body: Uint8Array) => Answer) =>
    exchange({ method: "POST", url: `${base}/${path}`, body: body as Uint8Array<ArrayBuffer> }, decode);
  return {
    verify: (request) => post("verify", encodeValue(request), readVerifyAnswer),
    pull: (request) => post("pull", encodeValue(request), readPullAnswer),
    manifest: (check) => exchange({ method: "GET", url: `${base}/manifest` }, (body) => check(decodeValue(body))),
  };
}

/** Codes of our server's problem documents that mean the same on this side. */
const SERVER_CODES: readonly ErrorCode[] = ["settling", "not-installed", "unsupported-protocol", "unknown-algorithm"];

function failure({ method, url }: Omit<HttpRequest, "signal">, answer: HttpAnswer, now: number): DigestSyncError {
  const { status } = answer;
  const problem = readProblem(answer);
  const what = `${method} ${url} was answered with ${status}${problem.detail ? `: ${problem.detail}` : ""}`;
  if (status === 401 || status === 403) {
    return new DigestSyncError("unauthorized", `${what}; sign in again, or check the headers option`);
  }
  const wait = retryAfterMilliseconds(answer.retryAfter, now);
  const details = wait > 0 ? { retryAfter: Math.ceil(wait / 1000) } : {};
  const known = SERVER_CODES.find((code) => code === problem.code);
  if (known !== undefined) return new DigestSyncError(known, what, details);
  if (status === 413) return new DigestSyncError("too-large", `${what}; raise the body limit of what is in between`);
  if (status === 429 || status >= 500) return new DigestSyncError("network", `${what}; try again later`, details);
  return badAnswer(status === 404 ? `${what}; is the sync module mounted at the url?` : what);
}

/** RFC 9457. The detail is for people, and from outside: cut to a length that suits a message. */
function readProblem({ contentType, body }: HttpAnswer): { code?: string; detail?: string } {
  if (!/^application\/(problem\+)?json$/.test(contentType)) return {};
  try {
    const { code, detail, title } = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
    const text = detail ?? title;
    return {
      ...(typeof code === "string" ? { code } : {}),
      ...(typeof text === "string" ? { detail: text.slice(0, 200) } : {}),
    };
  } catch {
    return {};
  }
}
