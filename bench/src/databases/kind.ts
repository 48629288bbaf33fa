import type { DatabaseManifest } from "@digest-sync/engine";
import type { PrismaClient } from "../../../prisma/generated/prisma/client.js";

/** A database of its own, with a plain Prisma client. */
export interface Database {
  readonly plain: PrismaClient;
  close(): Promise<void>;
}

/** The databases of one run of the benches. */
export interface Databases {
  /** An empty database. */
  empty(): Promise<Database>;
  /** A copy of the database that `fill` makes the first time this name is asked for. */
  filled(name: string, fill: (plain: PrismaClient) => Promise<void>): Promise<Database>;
  remove(): Promise<void>;
}

/** One kind of database that the benches know. */
export interface Kind {
  /** What it is called in titles. */
  readonly title: string;
  /** Before the names of its figures: `postgresql.`; nothing for SQLite. */
  readonly prefix: string;
  readonly manifest: DatabaseManifest;
  /** Whether it can be measured here. */
  isThere(): Promise<boolean>;
  open(): Databases;
}
