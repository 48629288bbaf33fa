import type { Manifest } from "@digest-sync/core";
import type { HeadersOption } from "./http.js";
import type { LocalStore } from "./store.js";

export interface DigestSyncClientOptions<Rows extends Record<string, object>> {
  /** Where the server's sync module is mounted; absolute outside a browser. */
  readonly url: string;
  /** The manifest that the generator wrote for clients. */
  readonly manifest: Manifest<Rows>;
  /** Hold only these collections. Default: all of the manifest's. */
  readonly collections?: readonly (keyof Rows & string)[];
  /** Default: `memoryStore()`. */
  readonly store?: LocalStore;
  /** Sent with every request; a function is called for every attempt. */
  readonly headers?: HeadersOption;
  /**
   * Renews the sign-in when the server answers 401; the request is then sent again, once, with what `headers` gives by
   * then.
   *
   * @example
   * refresh: async () => { token = await renew(token) }
   */
  readonly refresh?: () => unknown;
  /** Default: the global fetch. Wrap it to send cookies across origins: `(url, init) => fetch(url, { ...init, credentials: "include" })`. */
  readonly fetch?: typeof fetch;
  /** Milliseconds that one exchange may take, body included. Default 30,000. */
  readonly timeout?: number;
  /** How often a request is tried again after a network error, 429 or 5xx. Default 5. */
  readonly retries?: number;
  /** Milliseconds after which a change on the server is likely, so that a sync sends a sketch at once. Default 60,000. */
  readonly pauseMs?: number;
  /** Bytes of one answer's body. Default: 18 MiB, that is 2 MiB of rows as servers cut them, or one row of 16 MiB. */
  readonly maxAnswerBytes?: number;
  /** Bytes that one sync may receive before it gives up; what is applied by then stays. Default 2 GiB. */
  readonly maxDownloadBytes?: number;
  /** Requests that one sync may send, retries included. Default 10,000. */
  readonly maxRequests?: number;
}

export interface SyncOptions {
  /** Rejects this call with "aborted". The run itself ends when nobody waits for it any longer. */
  readonly signal?: AbortSignal;
  /** True: something probably changed, so send a sketch at once. False: it did not. Default: the client decides. */
  readonly changesLikely?: boolean;
  readonly onProgress?: (progress: SyncProgress) => void;
}

export interface SyncProgress {
  readonly phase: "verify" | "changes" | "bulk";
  /**
   * Rows upserted and deleted so far; in a bulk pull the rows that are in, those from before it was interrupted included:
   * `rows / total` is how much is done.
   */
  readonly rows: number;
  /** Rows on the server, when it told. */
  readonly total?: number;
}

export interface SyncResult {
  /**
   * True: the local root, over rows hashed on receipt, equalled the server's. False: the server kept changing faster
   * than rounds went; what is held is valid, sync again.
   */
  readonly inSync: boolean;
  /** Verifications; one is the usual number. */
  readonly rounds: number;
  /** HTTP requests, retries included. */
  readonly requests: number;
  /** Bytes of HTTP bodies sent. */
  readonly bytesUp: number;
  /** Bytes of HTTP bodies received. */
  readonly bytesDown: number;
  /** Rows inserted or replaced. */
  readonly upserted: number;
  /** Rows removed. */
  readonly deleted: number;
  /** Rows held, frozen collections not counted. */
  readonly count: number;
  /** 32 bytes over the same rows: the version that is held. */
  readonly root: Uint8Array;
  /** Rows the server could not encode and left out. */
  readonly incomplete: number;
  /** Collections the server does not have: what is held of them stays readable and is not synced. */
  readonly frozen: readonly string[];
  /** Collections whose definition on the server is not the app's: time to generate the manifest anew. */
  readonly changed: readonly string[];
}
