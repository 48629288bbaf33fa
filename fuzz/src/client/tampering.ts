import {
  decodePullAnswer,
  decodePullRequest,
  decodeVerifyAnswer,
  decodeVerifyRequest,
  encodePullAnswer,
  encodeVerifyAnswer,
  type PullAnswer,
  type PullRequest,
  type VerifyAnswer,
  type VerifyRequest,
} from "@digest-sync/core";
import { type Entries, looseCbor } from "../loose.js";

/** What a hostile server does to one run of a client. */
export interface Tampering {
  readonly name: string;
  /** Says that it is another server with another set: then "in sync" can only mean in sync with that. */
  readonly isForger?: true;
  verify?(request: VerifyRequest, answer: VerifyAnswer, call: number): VerifyAnswer | Entries | Uint8Array;
  pull?(request: PullRequest, answer: PullAnswer, call: number): PullAnswer | Entries | Uint8Array;
  manifest?(answer: Uint8Array): Uint8Array;
  /** In place of any answer. */
  instead?(call: number): Response | Promise<Response> | undefined;
}

/** The real server behind one that tampers with its answers. */
export function tamperedFetch(honest: typeof fetch, tampering: Tampering): typeof fetch {
  let calls = 0;
  return async (input, init) => {
    const call = calls++;
    const instead = tampering.instead?.(call);
    if (instead) return instead;
    const path = String(input).split("/").at(-1);
    const sent = new Uint8Array((init?.body as Uint8Array | undefined) ?? []);
    const answer = new Uint8Array(await (await honest(input, init)).arrayBuffer());
    const body = tampered(tampering, path ?? "", sent, answer, call);
    return new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/cbor" } });
  };
}

function tampered(tampering: Tampering, path: string, sent: Uint8Array, answer: Uint8Array, call: number): Uint8Array {
  if (path === "manifest") return tampering.manifest?.(answer) ?? answer;
  if (path === "verify") {
    if (!tampering.verify) return answer;
    const changed = tampering.verify(decodeVerifyRequest(sent), decodeVerifyAnswer(answer), call);
    return changed instanceof Uint8Array
      ? changed
      : "entries" in changed
        ? looseCbor(changed)
        : encodeVerifyAnswer(changed);
  }
  if (!tampering.pull) return answer;
  const changed = tampering.pull(decodePullRequest(sent), decodePullAnswer(answer), call);
  return changed instanceof Uint8Array
    ? changed
    : "entries" in changed
      ? looseCbor(changed)
      : encodePullAnswer(changed);
}
