import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createDatabase } from "../../../prisma/create-database.js";
import { PrismaClient } from "../../../prisma/generated/prisma/client.js";

/** For `describe.each`: everything about HTTP has to hold on both. */
export const adapters: [string, () => AbstractHttpAdapter][] = [
  ["Express", () => new ExpressAdapter()],
  ["Fastify", () => new FastifyAdapter()],
];

/** Made once: pushing a schema takes half a second, copying a file does not. */
let template: Promise<Buffer> | undefined;

async function makeTemplate(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
  const path = join(folder, "template.db");
  await createDatabase(new URL("../../../prisma/schema.prisma", import.meta.url), `file:${path}`);
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** An empty database of the shared schema in a folder of its own, and plain clients on it. */
export async function emptyDatabase() {
  template ??= makeTemplate();
  const bytes = await template;
  const folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
  const url = `file:${join(folder, "test.db")}`;
  writeFileSync(join(folder, "test.db"), bytes);
  const open: PrismaClient[] = [];
  return {
    client() {
      const client = new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 5000, intMode: "bigint" }) });
      open.push(client);
      return client;
    },
    async remove() {
      await Promise.all(open.map((client) => client.$disconnect()));
      rmSync(folder, { recursive: true, force: true });
    },
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
