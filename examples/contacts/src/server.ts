import "reflect-metadata";
import { join } from "node:path";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { AppModule } from "./app/app.module.js";
import { PrismaService } from "./app/prisma.service.js";
import { exampleFolder } from "./demo/folders.js";

/** The app, listening. */
export interface Server {
  /** Where, without a slash at the end. */
  readonly url: string;
  /** The very client that the app's controllers write with. */
  readonly prisma: PrismaService;
  close(): Promise<void>;
}

/**
 * Starts the app on this machine alone.
 *
 * @param databaseUrl as driver adapters name it: `file:./contacts.db`
 * @param port 0 takes a free one
 * @throws when the port is taken, and DigestSyncError `not-installed` when `$digests.install()` never ran
 */
export async function startServer(databaseUrl: string, port = 0): Promise<Server> {
  process.env.DATABASE_URL = databaseUrl;
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ["error"], abortOnError: false });
  // Node closes idle connections after 5 seconds; a client that is just about to reuse one then has to send again.
  app.getHttpServer().keepAliveTimeout = 120_000;
  // The page, as `vite build` has left it: the app's own files, beside its routes.
  app.useStaticAssets(join(exampleFolder, "dist/web"));
  try {
    await app.listen(port, "127.0.0.1");
  } catch (error) {
    await app.close();
    throw error;
  }
  return { url: await app.getUrl(), prisma: app.get(PrismaService), close: () => app.close() };
}
