import { decodePullAnswer, decodeVerifyAnswer, type RowsByCollection } from "@digest-sync/core";

/** Counts what a client sends and receives, from outside of the client. */
export class Meter {
  requests = 0;
  /** Bytes of all bodies, both ways. */
  bytes = 0;
  /** Bytes of the row encodings among them: whatever the protocol, these have to travel. */
  rowBytes = 0;

  constructor(private readonly send: typeof globalThis.fetch) {}

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const { body } = init ?? {};
    if (body && !(body instanceof Uint8Array)) throw new TypeError("Only bodies of bytes are counted.");
    this.requests += 1;
    const response = await this.send(input, init);
    const answer = new Uint8Array(await response.arrayBuffer());
    this.bytes += (body?.length ?? 0) + answer.length;
    this.rowBytes += rowBytesIn(String(input), answer);
    return new Response(answer, { status: response.status, headers: response.headers });
  };

  reset(): void {
    this.requests = 0;
    this.bytes = 0;
    this.rowBytes = 0;
  }
}

function rowBytesIn(url: string, answer: Uint8Array): number {
  let rows: RowsByCollection = {};
  if (url.endsWith("/verify")) {
    const verified = decodeVerifyAnswer(answer);
    if (verified.type === "changes") rows = verified.rows;
  } else if (url.endsWith("/pull")) {
    const pulled = decodePullAnswer(answer);
    if (pulled.type === "page") rows = pulled.rows;
  }
  let bytes = 0;
  for (const encodings of Object.values(rows)) for (const encoding of encodings) bytes += encoding.length;
  return bytes;
}
