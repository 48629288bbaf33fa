import { DigestSyncModule } from "@digest-sync/nestjs";
import { type CanActivate, type ExecutionContext, Injectable, Module } from "@nestjs/common";
import { manifest } from "../../prisma/generated/quickstart/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/quickstart/prisma/client.js";
import { emptyDatabase } from "../databases/index.js";

// The app of the README, as its reader has it: a PrismaService, a guard, and now one more import.

export const database = await emptyDatabase("quickstart");

@Injectable()
export class PrismaService extends PrismaClient {
  constructor() {
    super({ adapter: database.adapter() });
  }
}

interface Request {
  readonly headers: { readonly authorization?: string };
}
/** A real app verifies a token here. */
function userOf(context: ExecutionContext) {
  const { authorization } = context.switchToHttp().getRequest<Request>().headers;
  return { accountId: authorization?.replace("Bearer token-of-", "") ?? "" };
}

@Injectable()
export class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    return userOf(context).accountId !== "";
  }
}

@Module({ providers: [PrismaService], exports: [PrismaService] })
export class PrismaModule {}

@Module({
  imports: [
    PrismaModule,
    DigestSyncModule.forRootAsync({
      imports: [PrismaModule],
      inject: [PrismaService],
      useFactory: (prisma: PrismaService) => ({
        prisma,
        manifest,
        scope: (context) => ({ accountId: userOf(context).accountId }),
      }),
      guards: [AuthGuard],
    }),
  ],
})
export class AppModule {}
