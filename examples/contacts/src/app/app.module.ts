import { DigestSyncModule } from "@digest-sync/nestjs";
import { Module } from "@nestjs/common";
import { manifest } from "../../../../prisma/generated/digest-sync/server.js";
import { AuthGuard, accountOf } from "./auth.guard.js";
import { ContactsController } from "./contacts.controller.js";
import { MessagesController } from "./messages.controller.js";
import { PrismaModule } from "./prisma.module.js";
import { PrismaService } from "./prisma.service.js";

@Module({
  imports: [
    PrismaModule,
    // All that sync adds to the app: these lines, and the annotations in the Prisma schema.
    DigestSyncModule.forRootAsync({
      inject: [PrismaService],
      useFactory: (prisma: PrismaService) => ({
        prisma,
        manifest,
        scope: (context) => {
          const accountId = accountOf(context);
          // Account is scoped by its `id`, everything else of an account by `accountId`; cities are for all.
          return { id: accountId, accountId };
        },
      }),
      guards: [AuthGuard],
    }),
  ],
  controllers: [ContactsController, MessagesController],
})
export class AppModule {}
