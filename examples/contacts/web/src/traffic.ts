import {
  decodePullAnswer,
  decodeVerifyAnswer,
  decodeVerifyRequest,
  type PullAnswer,
  type RowsByCollection,
  sketchFromBytes,
  type VerifyAnswer,
} from "@digest-sync/core";

/** One request of the sync client and its answer, as the panel shows them. */
export interface Exchange {
  readonly number: number;
  readonly at: Date;
  readonly kind: "verify" | "pull" | "manifest";
  /** HTTP status; undefined: no answer came. */
  readonly status: number | undefined;
  /** Bytes of the bodies. */
  readonly up: number;
  readonly down: number;
  readonly ms: number;
  /** Cells of the sketch that was sent. */
  readonly cells?: number;
  /** What the server answered: `in-sync`, `changes`, `page`, ... */
  readonly answer?: string;
  /** Differences that the server decoded: rows it sent, and digests it says are stale. */
  readonly rows?: number;
  readonly stale?: number;
  /** The roots of the two sides, hexadecimal. Equal at `in-sync`, and after changes were applied. */
  readonly before?: string;
  readonly after?: string;
}

/** Wraps a fetch so that everything the sync client says is kept for the panel, newest first. */
export class Traffic {
  private exchanges: readonly Exchange[] = [];
  private readonly listeners = new Set<() => void>();
  private count = 0;

  /** @param isOffline asked before each request: then there is no network for it */
  constructor(private readonly isOffline: () => boolean) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The same array until something happens. */
  readonly snapshot = (): readonly Exchange[] => this.exchanges;

  readonly fetch: typeof fetch = async (input, init) => {
    if (this.isOffline()) throw new TypeError("This tab is offline.");
    const path = new URL(String(input), location.href).pathname;
    const kind = /\/(verify|pull|manifest)$/.exec(path)?.[1] as Exchange["kind"] | undefined;
    if (kind === undefined) return fetch(input, init);
    const started = performance.now();
    const sent = init?.body instanceof Uint8Array ? init.body : new Uint8Array(0);
    const response = await fetch(input, init).catch((error: unknown) => {
      this.add({ kind, status: undefined, up: sent.length, down: 0, ms: performance.now() - started });
      throw error;
    });
    // The panel reads a copy: what the client gets is the answer itself.
    const received = new Uint8Array(await response.clone().arrayBuffer());
    const ms = performance.now() - started;
    this.add({
      ...{ kind, status: response.status, up: sent.length, down: received.length, ms },
      ...(response.ok && describe(kind, sent, received)),
    });
    return response;
  };

  private add(exchange: Omit<Exchange, "number" | "at">): void {
    this.count += 1;
    this.exchanges = [{ ...exchange, number: this.count, at: new Date() }, ...this.exchanges].slice(0, 200);
    for (const listener of this.listeners) listener();
  }
}

type Described = Pick<Exchange, "cells" | "answer" | "rows" | "stale" | "before" | "after">;

function describe(kind: Exchange["kind"], sent: Uint8Array, received: Uint8Array): Described {
  if (kind === "manifest") return {};
  if (kind === "pull") return pulled(decodePullAnswer(received));
  const request = decodeVerifyRequest(sent);
  const cells = request.sketch ? sketchFromBytes(request.sketch, request.count).cells : 0;
  return { cells, before: hex(request.root), ...verified(decodeVerifyAnswer(received)) };
}

function pulled(answer: PullAnswer): Described {
  return answer.type === "page" ? { answer: "page", rows: countRows(answer.rows) } : { answer: answer.type };
}

function verified(answer: VerifyAnswer): Described {
  switch (answer.type) {
    case "in-sync":
      return { answer: answer.type, rows: 0, stale: 0, after: hex(answer.base) };
    case "changes":
      return {
        ...{ answer: answer.type, rows: countRows(answer.rows), stale: answer.stale.length / 8 },
        ...(!answer.more && { after: hex(answer.root) }),
      };
    default:
      return { answer: answer.type };
  }
}

const countRows = (rows: RowsByCollection) => Object.values(rows).reduce((sum, { length }) => sum + length, 0);

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
