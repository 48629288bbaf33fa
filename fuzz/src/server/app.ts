import { DigestSyncModule } from "@digest-sync/nestjs";
import type { Scope } from "@digest-sync/prisma";
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  type LoggerService,
  Module,
  UnauthorizedException,
} from "@nestjs/common";
import { type AbstractHttpAdapter, NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { accountIds, markOf } from "./content.js";

/** Must be in no answer. */
export const secret = "qzsecretzq";

const tokenOf = (context: ExecutionContext): string =>
  context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers.authorization ?? "";

const grant = (values: unknown) => ({ id: values, accountId: values });

/** Resolvers as apps get them wrong, by the token of the request. */
const misbehaving: Readonly<Record<string, () => unknown>> = {
  nothing: () => ({}),
  forgets: () => ({ id: markOf("ada") }),
  null: () => null,
  undefined: () => undefined,
  nulls: () => grant(null),
  "null-list": () => grant([null]),
  "no-values": () => grant([]),
  throws: () => {
    throw new Error(`${secret}: the database said SELECT * FROM "Account"`);
  },
  rejects: () => Promise.reject(new TypeError(secret)),
  forbids: () => {
    throw new ForbiddenException("not you");
  },
  thousands: () => grant(Array.from({ length: 5_000 }, (_, i) => markOf(`m${i}`))),
  objects: () => grant({ toString: () => markOf("ada") }),
  numbers: () => grant(Number.NaN),
  text: () => markOf("ada"),
  inherited: () => Object.create(grant(markOf("ada"))),
  sparse: () => grant([markOf("ada"), undefined]),
};

export const misbehavingTokens = Object.keys(misbehaving);

function scopeOf(context: ExecutionContext): Scope {
  const token = tokenOf(context);
  const known = (accountIds as Record<string, readonly string[]>)[token];
  return (known ? grant(known) : misbehaving[token]?.()) as Scope;
}

@Injectable()
class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (tokenOf(context) === "") throw new UnauthorizedException();
    return true;
  }
}

/** What the apps logged as errors. */
export class ErrorLog implements LoggerService {
  errors: string[] = [];
  log(): void {}
  warn(): void {}
  error(...parts: unknown[]): void {
    this.errors.push(parts.map(String).join(" "));
  }
}

/** One app on each platform over one database; their urls. */
export async function startApps(prisma: object, log: LoggerService): Promise<Record<"express" | "fastify", string>> {
  const listen = async (adapter: AbstractHttpAdapter) => {
    @Module({
      imports: [
        DigestSyncModule.forRootAsync({
          useFactory: () => ({ prisma: prisma as never, manifest, install: "auto" as const, scope: scopeOf }),
          guards: [AuthGuard],
        }),
      ],
      providers: [AuthGuard],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, adapter, { logger: log });
    await app.listen(0, "127.0.0.1");
    return `${await app.getUrl()}/sync`;
  };
  return { express: await listen(new ExpressAdapter()), fastify: await listen(new FastifyAdapter()) };
}
