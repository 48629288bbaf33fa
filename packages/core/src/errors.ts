/** Where an error happened, as far as it is known. Never holds row values: an error may end up in a log. */
export interface ErrorDetails {
  readonly collection?: string;
  readonly field?: string;
  readonly key?: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/**
 * The root of every error this project throws. Tell errors apart by `code`, never by `instanceof`: an app may
 * load the ESM and the CommonJS build side by side, and then there are two classes.
 *
 * @example
 * try { await sync.sync() } catch (error) { if (error.code === "unauthorized") signIn() }
 */
export class DigestSyncError extends Error {
  readonly code: ErrorCode;
  readonly collection: string | undefined;
  readonly field: string | undefined;
  readonly key: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "DigestSyncError";
    this.code = code;
    this.collection = details.collection;
    this.field = details.field;
    this.key = details.key;
    this.retryAfter = details.retryAfter;
  }
}

/** Every code, with what it means. Codes are stable; messages are for people and may change. */
export type ErrorCode =
  /** A value that has no canonical encoding (DESIGN: refused with collection, key and field). */
  | "unencodable"
  /** Bytes that are not the canonical encoding of anything. */
  | "malformed"
  /** A protocol message that does not have the shape PROTOCOL.md gives it. */
  | "invalid-message"
  /** A protocol version this side does not speak. */
  | "unsupported-protocol"
  /** A request or answer past its size limit. */
  | "too-large"
  /** A body of a media type this side does not read. */
  | "unsupported-media-type"
  /** A manifest that contradicts itself, or a generator or install input that cannot be supported. */
  | "invalid-manifest"
  /** A digest algorithm that is not registered. */
  | "unknown-algorithm"
  /** A collection the manifest does not have. */
  | "unknown-collection"
  /** The scope resolver gave no value for a name that a collection is scoped by. */
  | "scope-missing"
  /** Too much is pending to answer now; `retryAfter` says when to come back. */
  | "settling"
  /** The server holds as many live connections as it may; `retryAfter` says when to come back. */
  | "busy"
  /** Tables or triggers are missing or out of date; the message names the command that mends it. */
  | "not-installed"
  /** The server cannot be reached, or its answer never arrived whole. */
  | "network"
  /** The server did not answer in time. */
  | "timeout"
  /** The caller's AbortSignal fired. */
  | "aborted"
  /** HTTP 401 or 403. */
  | "unauthorized"
  /** The server answered something this client cannot use. */
  | "bad-answer"
  /** The local store failed; its own error is the cause. */
  | "store"
  /** The disk is full, or the browser's quota for this site. */
  | "store-full"
  /** Another version of the app holds the local store open, in another tab for instance. */
  | "store-blocked"
  /** There is no local store: private mode, a site whose storage is blocked. */
  | "store-unavailable";
