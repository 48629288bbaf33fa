import { STATUS_CODES } from "node:http";
import type { ErrorCode } from "@digest-sync/core";

/** A problem details object (RFC 9457). `code` is the stable code clients act upon; `detail` is for people. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

/** The errors a request can cause; every other error is the server's own affair and answered as `internal`. */
const statuses: Partial<Record<ErrorCode, number>> = {
  malformed: 400,
  "invalid-message": 400,
  "unsupported-protocol": 400,
  "unknown-algorithm": 400,
  "unknown-collection": 400,
  "scope-missing": 403,
  "too-large": 413,
  "unsupported-media-type": 415,
  settling: 503,
  busy: 503,
};

/** What is read of an HttpException. By its methods: an app may load two copies of @nestjs/common. */
interface HttpExceptionLike {
  getStatus(): number;
  getResponse(): unknown;
}

/** The problem an error is answered with, and whether it is unexpected, that is: to be logged. */
export function problemOf(error: unknown): { problem: Problem; unexpected: boolean; retryAfter?: number } {
  if (isHttpException(error)) return { problem: httpProblem(error), unexpected: false };
  if (error instanceof Error && error.name === "DigestSyncError" && "code" in error) {
    const code = error.code as ErrorCode;
    const status = statuses[code];
    if (status !== undefined) {
      const answer = { problem: problem(status, code, error.message), unexpected: false };
      return status === 503 ? { ...answer, retryAfter: retryAfterOf(error) } : answer;
    }
  }
  return { problem: problem(500, "internal", "The server could not answer. Its log says why."), unexpected: true };
}

/** Whole seconds, at least one: Retry-After knows no fractions (RFC 9110, 10.2.3). */
function retryAfterOf(error: object): number {
  const seconds = "retryAfter" in error && typeof error.retryAfter === "number" ? error.retryAfter : 1;
  return Math.max(1, Math.ceil(seconds));
}

/** Guards and scope resolvers of the app choose what they say, so their message is passed on, as Nest itself would. */
function httpProblem(error: HttpExceptionLike): Problem {
  const status = error.getStatus();
  const response = error.getResponse();
  const said = typeof response === "object" && response !== null && "message" in response ? response.message : response;
  const detail = Array.isArray(said) ? said.join("; ") : typeof said === "string" ? said : (STATUS_CODES[status] ?? "");
  return problem(status, status === 401 || status === 403 ? "unauthorized" : `http-${status}`, detail);
}

function problem(status: number, code: string, detail: string): Problem {
  return { type: `urn:digest-sync:problem:${code}`, title: STATUS_CODES[status] ?? "Error", status, detail, code };
}

function isHttpException(error: unknown): error is HttpExceptionLike {
  return error instanceof Error && "getStatus" in error && "getResponse" in error;
}
