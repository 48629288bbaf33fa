import { Inject } from "@nestjs/common";

/** Token of the options given to the module. */
export const DIGEST_SYNC_OPTIONS = Symbol("DIGEST_SYNC_OPTIONS");

/** Token of the Digests object of the module's Prisma client. */
export const DIGESTS = Symbol("DIGEST_SYNC_DIGESTS");

/**
 * Injects the Digests (`prisma.$digests`) the module works with.
 *
 * @example
 * constructor(@InjectDigests() private readonly digests: Digests) {}
 */
export const InjectDigests = (): PropertyDecorator & ParameterDecorator => Inject(DIGESTS);
