import type { Manifest } from "@digest-sync/core";
import type { DatabaseManifest, Provider } from "@digest-sync/engine";
import type { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";
import type { Sql } from "../operations/writer.js";

/** How the campaigns work with one kind of database. A database itself is its URL: other processes open it too. */
export interface DatabaseKind {
  readonly provider: Provider;
  readonly manifest: DatabaseManifest;
  readonly clientManifest: Manifest;
  /** A plain Prisma client with connections of its own. */
  client(url: string): PrismaClient;
  /** One connection of the driver that Prisma's adapter uses, without Prisma. */
  bare(url: string): Promise<Sql & { close(): Promise<void> }>;
  /** A database with the campaigns' tables, empty, on a server of our own or on the one that the tests use. */
  create(server?: string): Promise<{ readonly url: string; drop(): unknown }>;
}
