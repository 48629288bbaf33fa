/** Counts what goes over the wire, from outside of the client: requests, and the bytes of HTTP bodies. */
export class Wire {
  requests = 0;
  bytesUp = 0;
  bytesDown = 0;

  constructor(private readonly send: typeof globalThis.fetch = globalThis.fetch) {}

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    this.requests += 1;
    if (init?.body) this.bytesUp += (await new Response(init.body).arrayBuffer()).byteLength;
    const response = await this.send(input, init);
    const body = await response.arrayBuffer();
    this.bytesDown += body.byteLength;
    return new Response(body.byteLength > 0 ? body : null, { status: response.status, headers: response.headers });
  };
}
