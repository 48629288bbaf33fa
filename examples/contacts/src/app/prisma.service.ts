import { Injectable, type OnModuleDestroy, type OnModuleInit } from "@nestjs/common";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaClient } from "../../../../prisma/generated/prisma/client.js";

/** The idiom of Nest's documentation. Nothing in it is about sync: triggers capture whatever this client writes. */
@Injectable()
export class PrismaService extends PrismaClient implements OnModuleInit, OnModuleDestroy {
  constructor() {
    super({ adapter: sqlite(process.env.DATABASE_URL ?? "file:./contacts.db") });
  }

  async onModuleInit(): Promise<void> {
    await this.$connect();
  }

  async onModuleDestroy(): Promise<void> {
    await this.$disconnect();
  }
}

/** Without a timeout (milliseconds) a busy database is an error at once; without bigint its large integers are. */
export function sqlite(url: string): PrismaLibSql {
  return new PrismaLibSql({ url, timeout: 5000, intMode: "bigint" });
}
