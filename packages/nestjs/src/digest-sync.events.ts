import { PassThrough } from "node:stream";
import { DigestSyncError } from "@digest-sync/core";
import type { Digests, Scope } from "@digest-sync/engine";
import { Inject, Injectable, type OnApplicationBootstrap } from "@nestjs/common";
import type { DigestSyncOptions } from "./digest-sync.options.js";
import { DIGEST_SYNC_OPTIONS, DIGESTS } from "./digest-sync.tokens.js";

/** Milliseconds between two hints of one connection: what a busy scope settles meanwhile is one hint. */
const HINT_GAP = 200;
/** Seconds after which a client that found every place taken may ask again. */
const RETRY_AFTER = 30;

/**
 * The live connections: a stream of server-sent events each, which says that something in the client's scopes has
 * changed and nothing else. Whoever hears it syncs, and only then learns what.
 */
@Injectable()
export class DigestSyncEvents implements OnApplicationBootstrap {
  private readonly open = new Set<Connection>();
  private readonly most: number;
  private readonly heartbeat: number;
  private readonly maxAge: number;
  private opening = 0;
  private beat: ReturnType<typeof setInterval> | undefined;
  private isClosed = false;

  constructor(
    @Inject(DIGESTS) private readonly digests: Digests,
    @Inject(DIGEST_SYNC_OPTIONS) private readonly options: DigestSyncOptions,
  ) {
    const { connections = 5_000, heartbeat = 15_000, maxAge = 300_000 } = options.events ?? {};
    this.most = connections;
    this.heartbeat = heartbeat;
    this.maxAge = maxAge;
  }

  onApplicationBootstrap(): void {
    if (this.options.notifications) this.digests.relay(this.options.notifications);
  }

  /**
   * Opens a stream for a grant. What is not granted throws before there is one.
   *
   * @throws DigestSyncError `busy` when every place is taken, and as `Digests.watch` does
   */
  async connect(scope: Scope, names: readonly string[] | undefined): Promise<PassThrough> {
    if (this.isClosed || this.open.size + this.opening >= this.most) throw noPlace();
    this.opening += 1;
    const connection = new Connection();
    try {
      const end = await this.digests.watch(scope, () => connection.hint(), names);
      connection.stream.once("close", () => {
        end();
        this.forget(connection);
      });
    } finally {
      this.opening -= 1;
    }
    if (this.isClosed) {
      connection.stream.destroy();
      throw noPlace();
    }
    this.open.add(connection);
    this.beat ??= setInterval(() => this.everyBeat(), this.heartbeat);
    this.beat.unref();
    // Spread, so that clients that came together, after a deployment say, do not come back together.
    connection.start(this.heartbeat, this.maxAge * (0.8 + 0.2 * Math.random()));
    return connection.stream;
  }

  /** Ends all streams, so that a server that stops need not wait for them. */
  close(): void {
    this.isClosed = true;
    for (const { stream } of this.open) stream.end();
  }

  private everyBeat(): void {
    for (const connection of this.open) connection.beat();
  }

  private forget(connection: Connection): void {
    this.open.delete(connection);
    if (this.open.size > 0) return;
    clearInterval(this.beat);
    this.beat = undefined;
  }
}

function noPlace(): DigestSyncError {
  const message = "All places for live connections are taken. Polling works meanwhile.";
  return new DigestSyncError("busy", message, { retryAfter: RETRY_AFTER });
}

class Connection {
  readonly stream = new PassThrough();
  private expiresAt = Number.POSITIVE_INFINITY;
  private isHinted = false;
  private gap: ReturnType<typeof setTimeout> | undefined;
  private isStuck = false;

  /** The client learns how long it may hear nothing before it has to think that the connection is dead. */
  start(heartbeat: number, age: number): void {
    this.expiresAt = performance.now() + age;
    this.stream.once("close", () => clearTimeout(this.gap));
    this.write(`event: ready\ndata: {"heartbeat":${heartbeat}}\n\n`);
  }

  hint(): void {
    this.isHinted = true;
    if (this.gap !== undefined || this.stream.writableEnded) return;
    this.flush();
    this.gap = setTimeout(() => {
      this.gap = undefined;
      if (this.isHinted) this.hint();
    }, HINT_GAP);
    this.gap.unref();
  }

  /** Shows that the connection is alive. One that is too old ends: guards and scope are asked anew when its client comes back. */
  beat(): void {
    if (this.stream.writableEnded) return;
    if (performance.now() >= this.expiresAt) {
      this.stream.end();
    } else if (!this.stream.writableNeedDrain) {
      this.isStuck = false;
      this.write(": \n\n");
      if (this.isHinted && this.gap === undefined) this.hint();
    } else if (this.isStuck) {
      // For a whole heartbeat nobody has read.
      this.stream.destroy();
    } else {
      this.isStuck = true;
    }
  }

  /** A hint that finds the buffer full waits for a heartbeat that does not. */
  private flush(): void {
    if (this.stream.writableNeedDrain) return;
    this.isHinted = false;
    this.write("event: hint\ndata: {}\n\n");
  }

  private write(text: string): void {
    this.stream.write(text);
  }
}
