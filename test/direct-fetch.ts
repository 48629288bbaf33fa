import {
  decodePullRequest,
  decodeVerifyRequest,
  encodeManifest,
  encodePullAnswer,
  encodeVerifyAnswer,
} from "@digest-sync/core";
import type { Digests, Scope } from "@digest-sync/prisma";

/**
 * The server side without HTTP, for tests that sync thousands of times: the same messages, encoded and decoded, answered
 * by the same verifier. The HTTP layer has its own tests.
 */
export function directFetch(digests: Digests, scope: Scope): typeof fetch {
  const reply = (body: Uint8Array) =>
    new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/cbor" } });
  return async (input, init) => {
    const path = String(input).split("/").at(-1);
    const body = new Uint8Array((init?.body as Uint8Array | undefined) ?? []);
    if (path === "manifest") return reply(encodeManifest(digests.manifest));
    if (path === "verify") return reply(encodeVerifyAnswer(await digests.verify(decodeVerifyRequest(body), scope)));
    return reply(encodePullAnswer(await digests.pull(decodePullRequest(body), scope)));
  };
}
