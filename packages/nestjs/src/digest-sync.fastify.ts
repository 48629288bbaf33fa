/** What is used of a Fastify instance; the package does not depend on Fastify. */
interface FastifyLike {
  hasContentTypeParser(contentType: string): boolean;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: unknown, done: (error: null, body: unknown) => void) => void,
  ): void;
}

/**
 * Lets CBOR bodies through to our routes as the unread stream. Without `parseAs`: Fastify would then collect the body,
 * for every route of the app, before any guard has run. A parser the app registered itself stays.
 */
export function acceptCbor(fastify: FastifyLike): void {
  if (fastify.hasContentTypeParser("application/cbor")) return;
  fastify.addContentTypeParser("application/cbor", (_request, payload, done) => done(null, payload));
}
