import "reflect-metadata";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { decodeVerifyRequest } from "@digest-sync/core";
import { DigestSyncModule } from "@digest-sync/nestjs";
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Module,
  Post,
  Req,
  UseGuards,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import type { PrismaClient } from "../../prisma/generated/prisma/client.js";

const PRISMA = Symbol("PRISMA");

interface Request extends Readable {
  readonly headers: { readonly authorization?: string };
}

const accountOf = ({ headers }: Request) => headers.authorization?.replace("Bearer ", "");

@Injectable()
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return accountOf(context.switchToHttp().getRequest<Request>()) !== undefined;
  }
}

/** A header for every request. */
export const authorization = { authorization: "Bearer a1" };

/** The least that an endpoint of this app does: the guard, the body as bytes, decoded, one indexed query, an answer. */
@Controller()
@UseGuards(TokenGuard)
class BareController {
  constructor(@Inject(PRISMA) private readonly prisma: PrismaClient) {}

  @Post("bare")
  @HttpCode(200)
  async bare(@Req() request: Request): Promise<object> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const { count } = decodeVerifyRequest(Buffer.concat(chunks));
    const account = await this.prisma.account.findUnique({ where: { id: accountOf(request) ?? "" } });
    return { count, account };
  }
}

/** All rows in one answer of JSON: how an app without sync gives them away. */
@Controller()
@UseGuards(TokenGuard)
class CitiesController {
  constructor(@Inject(PRISMA) private readonly prisma: PrismaClient) {}

  @Get("cities")
  cities(): Promise<object[]> {
    return this.prisma.city.findMany();
  }
}

@Module({})
class BenchModule {
  static over(prisma: PrismaClient): DynamicModule {
    return {
      module: BenchModule,
      imports: [
        DigestSyncModule.forRoot({
          prisma,
          manifest,
          scope: (context) => {
            const account = accountOf(context.switchToHttp().getRequest<Request>()) ?? "";
            return { id: account, accountId: account };
          },
          guards: [TokenGuard],
        }),
      ],
      providers: [{ provide: PRISMA, useValue: prisma }],
      controllers: [BareController, CitiesController],
    };
  }
}

/** A page for a browser that consists of these scripts, of which `page.js` is the first. */
function servePage(scripts: ReadonlyMap<string, string>): (request: IncomingMessage, response: ServerResponse) => void {
  return ({ url = "" }, response) => {
    const script = scripts.get(url.slice(1));
    response.setHeader("content-type", script === undefined ? "text/html" : "text/javascript");
    response.end(script ?? `<!doctype html><script type="module" src="page.js"></script>`);
  };
}

/** A Nest app on Express with the sync module, the endpoints it is compared with and perhaps a page, listening on this machine alone. */
export async function startApp(
  prisma: PrismaClient,
  page?: ReadonlyMap<string, string>,
): Promise<{ url: string; close(): Promise<void> }> {
  const app = await NestFactory.create(BenchModule.over(prisma), { logger: ["error"] });
  if (page) app.use("/page", servePage(page));
  // Node closes connections that were idle for 5 seconds: collecting garbage between batches may take some.
  app.getHttpServer().keepAliveTimeout = 120_000;
  await app.listen(0, "127.0.0.1");
  return { url: await app.getUrl(), close: () => app.close() };
}
