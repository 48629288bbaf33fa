import { connect } from "node:net";
import { DigestSyncModule } from "@digest-sync/nestjs";
import type { Scope } from "@digest-sync/prisma";
import { type ExecutionContext, type LoggerService, Module } from "@nestjs/common";
import { type AbstractHttpAdapter, NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { manifest } from "../../prisma/generated/digest-sync/server.js";

export const platforms: [string, () => AbstractHttpAdapter][] = [
  ["Express", () => new ExpressAdapter()],
  ["Fastify", () => new FastifyAdapter()],
];

export interface App {
  readonly url: string;
  /** What was logged as an error. */
  readonly errors: string[];
  post(path: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Answered>;
  /** Bytes as they are on a connection of their own, and what comes back until it is closed or `enough`. */
  raw(bytes: string | Uint8Array, enough: RegExp): Promise<string>;
  close(): Promise<void>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** Of a problem; empty otherwise. */
  readonly code: string;
}

export async function openApp(
  adapter: AbstractHttpAdapter,
  prisma: object,
  scope: (context: ExecutionContext) => Scope | Promise<Scope>,
): Promise<App> {
  @Module({
    imports: [
      DigestSyncModule.forRootAsync({
        useFactory: () => ({ prisma: prisma as never, manifest, install: "auto" as const, scope }),
      }),
    ],
  })
  class AppModule {}
  const errors: string[] = [];
  const logger: LoggerService = { log() {}, warn() {}, error: (...parts) => errors.push(parts.map(String).join(" ")) };
  const app = await NestFactory.create(AppModule, adapter, { logger });
  await app.listen(0, "127.0.0.1");
  const url = `${await app.getUrl()}/sync`;
  return {
    url,
    errors,
    post: async (path, body, headers) => {
      const answer = await fetch(`${url}/${path}`, { method: "POST", body: body as BodyInit, headers });
      const bytes = Buffer.from(await answer.arrayBuffer());
      const isProblem = answer.headers.get("content-type") === "application/problem+json";
      const code = isProblem ? (JSON.parse(bytes.toString()) as { code: string }).code : "";
      return { status: answer.status, headers: answer.headers, body: bytes, code };
    },
    raw: (bytes, enough) =>
      new Promise((resolve) => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1");
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk.toString("latin1");
          if (enough.test(text)) socket.destroy();
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve(text));
        socket.write(bytes);
      }),
    close: async () => {
      // Connections that were left half-open on purpose would keep the server up.
      app.getHttpServer().closeAllConnections();
      await app.close();
    },
  };
}
