import { DigestSyncModule } from "@digest-sync/nestjs";
import { Module } from "@nestjs/common";
import { manifest } from "./generated/digest-sync/server";
import { NotesController } from "./notes.controller";
import { OwnerGuard } from "./owner.guard";
import { PrismaModule } from "./prisma.module";
import { PrismaService } from "./prisma.service";

@Module({
  imports: [
    PrismaModule,
    DigestSyncModule.forRootAsync({
      imports: [PrismaModule],
      inject: [PrismaService],
      useFactory: (prisma: PrismaService) => ({
        prisma,
        manifest,
        scope: (context) => ({ ownerId: context.switchToHttp().getRequest().ownerId }),
        install: process.env.INSTALL === "auto" ? "auto" : "check",
      }),
      guards: [OwnerGuard],
    }),
  ],
  controllers: [NotesController],
})
export class AppModule {}
