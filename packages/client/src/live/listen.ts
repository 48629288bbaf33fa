import type { Environment } from "../environment.js";
import type { Kit } from "../later.js";
import { EventParser } from "./event-parser.js";

/** Milliseconds within which the first event has to come. A proxy that keeps answers until they are complete never lets it. */
const FIRST_EVENT = 10_000;
/** What a server that does not say how often it gives a sign of life is thought to do. */
const HEARTBEAT = 15_000;

export interface ListenOptions {
  /** Sends the request. */
  readonly open: (signal: AbortSignal) => Promise<Response>;
  readonly environment: Environment;
  readonly kit: Kit;
  readonly signal: AbortSignal;
  /** The stream is there: from now on every change is told. */
  readonly onReady: () => void;
  readonly onHint: () => void;
}

/** How a connection ended. It never throws: nothing depends on events. */
export interface Ending {
  /** Milliseconds that it was live; undefined: it never was. */
  readonly lived: number | undefined;
  /** The server has no events, or this platform cannot read a body as it comes: asking again soon is of no use. */
  readonly isUnavailable: boolean;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfter: number;
}

/** One connection to the server's events, from the request to its end. */
export async function listen({ open, environment, kit, signal, onReady, onHint }: ListenOptions): Promise<Ending> {
  const exchange = new AbortController();
  const abort = () => exchange.abort();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  const silence = new Watchdog(environment, abort);
  let readyAt: number | undefined;
  let longest = FIRST_EVENT;
  const parser = new EventParser((name, data) => {
    if (name === "ready" && readyAt === undefined) {
      readyAt = environment.now();
      longest = longestSilence(data);
      onReady();
    } else if (name === "hint" && readyAt !== undefined) onHint();
  });
  let isUnavailable = false;
  let retryAfter = 0;
  try {
    silence.within(longest);
    const response = await kit.abortable(open(exchange.signal), exchange.signal);
    const { status, headers, body } = response;
    const isStream = headers.get("content-type")?.toLowerCase().startsWith("text/event-stream");
    isUnavailable = status === 200 ? !isStream || !body : isFinal(status);
    retryAfter = kit.retryAfterMilliseconds(headers.get("retry-after"), environment.now());
    if (status === 200 && !isUnavailable && body) {
      const reader = body.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await kit.abortable(reader.read(), exchange.signal);
        if (done) break;
        parser.push(decoder.decode(value, { stream: true }));
        if (readyAt !== undefined) silence.within(longest);
      }
    }
  } catch {
    // A connection that broke, was silent for too long, or is not wanted any more: the caller knows which from the signal.
  } finally {
    silence.stop();
    signal.removeEventListener("abort", abort);
    // Also ends what nobody has read to its end.
    abort();
  }
  return { lived: readyAt === undefined ? undefined : environment.now() - readyAt, isUnavailable, retryAfter };
}

/** Answers that stay the same however often one asks; 401 and 403 a new sign-in may change. */
function isFinal(status: number): boolean {
  return status < 500 && ![401, 403, 408, 425, 429].includes(status);
}

/** Two signs of life may be missed, or late. */
function longestSilence(data: string): number {
  let heartbeat = HEARTBEAT;
  try {
    const told = (JSON.parse(data) as { heartbeat?: unknown }).heartbeat;
    if (typeof told === "number" && told > 0 && told < 3_600_000) heartbeat = told;
  } catch {
    // A server that says nothing, or something else: as if it had said nothing.
  }
  return 2 * heartbeat + 5_000;
}

/** Calls `bark` unless it is told again within the time. */
class Watchdog {
  private timer: AbortController | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly bark: () => void,
  ) {}

  within(milliseconds: number): void {
    this.stop();
    const timer = new AbortController();
    this.timer = timer;
    void this.environment.sleep(milliseconds, timer.signal).then(() => {
      if (!timer.signal.aborted) this.bark();
    });
  }

  stop(): void {
    this.timer?.abort();
  }
}
