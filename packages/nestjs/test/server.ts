import type { AddressInfo } from "node:net";
import {
  type INestApplication,
  type LoggerService,
  Module,
  type ModuleMetadata,
  type NestApplicationOptions,
} from "@nestjs/common";
import type { AbstractHttpAdapter } from "@nestjs/core";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { PrismaClient } from "../../../prisma/generated/prisma/client.js";
import { emptyDatabase } from "../../../test/databases/index.js";

/** For `describe.each`: everything about HTTP has to hold on both. */
export const adapters: [string, () => AbstractHttpAdapter][] = [
  ["Express", () => new ExpressAdapter()],
  ["Fastify", () => new FastifyAdapter()],
];

/** An empty database of the shared schema, and plain clients on it. */
export async function openDatabase() {
  const database = await emptyDatabase("schema");
  return {
    client: () => database.closing(new PrismaClient({ adapter: database.adapter() })),
    remove: () => database.remove(),
  };
}

/** Everything the app logs as an error. */
export class ErrorLog implements LoggerService {
  readonly errors: string[] = [];
  log(): void {}
  warn(): void {}
  error(...parts: unknown[]): void {
    this.errors.push(parts.map(String).join(" "));
  }
}

export interface Server {
  readonly app: INestApplication;
  readonly url: string;
  readonly port: number;
  readonly log: ErrorLog;
}

const running: INestApplication[] = [];

/** Starts an app on a free port. `configure` runs before it listens. */
export async function serve(
  adapter: AbstractHttpAdapter,
  metadata: ModuleMetadata,
  configure: (app: INestApplication) => void = () => {},
  options: NestApplicationOptions = {},
): Promise<Server> {
  @Module(metadata)
  class AppModule {}

  const log = new ErrorLog();
  const app = await NestFactory.create(AppModule, adapter, { ...options, logger: log, abortOnError: false });
  configure(app);
  await app.listen(0, "127.0.0.1");
  running.push(app);
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}`, port, log };
}

/** For `afterEach`. */
export async function stopServers(): Promise<void> {
  for (const app of running.splice(0)) {
    // After an abort fetch opens a spare connection, which Node's server would wait for.
    app.getHttpServer().closeAllConnections();
    await app.close();
  }
}
