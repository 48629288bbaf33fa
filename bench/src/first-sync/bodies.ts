import { gzipSync } from "node:zlib";

/** What travelled: the sizes of all HTTP bodies, both ways. */
export interface Bodies {
  readonly plain: number;
  /** Each body by itself, as a server or proxy that compresses does it. */
  readonly gzip: number;
}

/** Adds up bodies, each compressed by `gzip -6` as well. */
export function sizesOf(bodies: readonly Uint8Array[]): Bodies {
  let plain = 0;
  let gzip = 0;
  for (const body of bodies) {
    plain += body.length;
    if (body.length > 0) gzip += gzipSync(body, { level: 6 }).length;
  }
  return { plain, gzip };
}

/** A fetch that keeps all bodies. */
export function keepingFetch(bodies: Uint8Array[]): typeof fetch {
  return async (input, init) => {
    if (init?.body) bodies.push(init.body as Uint8Array);
    const response = await fetch(input, init);
    const answer = new Uint8Array(await response.arrayBuffer());
    bodies.push(answer);
    return new Response(answer, { status: response.status, headers: response.headers });
  };
}
