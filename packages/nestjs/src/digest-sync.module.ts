import { DigestSyncError } from "@digest-sync/core";
import type { CheckReport, Digests } from "@digest-sync/engine";
import {
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import { DigestSyncEvents } from "./digest-sync.events.js";
import { acceptCbor } from "./digest-sync.fastify.js";
import { logger } from "./digest-sync.log.js";
import { ConfigurableModuleClass } from "./digest-sync.module-definition.js";
import type { DigestSyncOptions } from "./digest-sync.options.js";
import { DIGEST_SYNC_OPTIONS, DIGESTS } from "./digest-sync.tokens.js";

/**
 * Serves digest-based sync of the app's Prisma client: `POST {path}/verify`, `POST {path}/pull`,
 * `GET {path}/manifest`, `GET {path}/events`.
 *
 * @example
 * \@Module({
 *   imports: [
 *     DigestSyncModule.forRootAsync({
 *       imports: [PrismaModule],
 *       inject: [PrismaService],
 *       useFactory: (prisma: PrismaService) => ({ prisma, manifest, scope: (context) => ({ accountId: userOf(context).accountId }) }),
 *       guards: [AuthGuard],
 *     }),
 *   ],
 * })
 * export class AppModule {}
 */
@Module({})
export class DigestSyncModule
  extends ConfigurableModuleClass
  implements NestModule, OnApplicationBootstrap, OnModuleDestroy
{
  constructor(
    @Inject(DIGESTS) private readonly digests: Digests,
    @Inject(DigestSyncEvents) private readonly events: DigestSyncEvents,
    @Inject(DIGEST_SYNC_OPTIONS) private readonly options: DigestSyncOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    super();
  }

  configure(_consumer: MiddlewareConsumer): void {
    if (this.host.httpAdapter.getType() === "fastify") acceptCbor(this.host.httpAdapter.getInstance());
  }

  /** After every onModuleInit, in which a PrismaService usually connects, and before the server listens. */
  async onApplicationBootstrap(): Promise<void> {
    const { superseded } =
      this.options.install === "auto" ? await this.digests.install() : await this.checkedInstallation();
    if (superseded) {
      logger.warn(
        "A later version of this app has installed its manifest: requests for collections it changed are answered with 503. " +
          "To go back to this version, run `npx digest-sync install --client <module>`.",
      );
    }
    this.digests.start();
  }

  /** Now, because a PrismaService usually disconnects in its own onModuleDestroy, which comes after its users'. */
  async onModuleDestroy(): Promise<void> {
    this.events.close();
    await this.digests.stop();
  }

  private async checkedInstallation(): Promise<CheckReport> {
    const report = await this.digests.check();
    if (report.ok) return report;
    throw new DigestSyncError(
      "not-installed",
      `Digest Sync is not installed in this database, or not up to date: ${report.problems.join("; ")}. ` +
        "Run `npx digest-sync install --client <module>` or `await prisma.$digests.install()` once after each migration, " +
        'or let the app do it at start: DigestSyncModule.forRoot({ install: "auto", ... }).',
    );
  }
}
