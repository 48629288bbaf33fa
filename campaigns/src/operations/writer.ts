import type { Provider } from "@digest-sync/engine";
import type { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";

/** What an operation needs of a client: any of ours, or a transaction of one. */
export type Writer = Omit<PrismaClient, "$connect" | "$disconnect" | "$extends" | "$on" | "$transaction">;

/** Whatever runs SQL: a Prisma client, a transaction of one, or the bare driver. */
export interface Sql {
  readonly provider: Provider;
  /** @param sql with `?` for parameters and double quotes around names, on every database */
  run(sql: string, ...parameters: readonly (string | number | null)[]): PromiseLike<unknown>;
}

/** Four numbers: indices into the pools. Their meaning is the operation's. */
export type Numbers = readonly [number, number, number, number];

/** One write through Prisma's models. The promise is Prisma's own, so that it can be part of a batch. */
export type Write = (db: Writer, n: Numbers, text: string) => PromiseLike<unknown>;

/** One write in SQL. */
export type RawWrite = (sql: Sql, n: Numbers, text: string) => PromiseLike<unknown>;

/** SQL as this database wants it written. */
export function spelled(provider: Provider, sql: string): string {
  if (provider === "mysql") return sql.replaceAll('"', "`");
  if (provider === "sqlite") return sql;
  let number = 0;
  return sql.replace(/\?/g, () => `$${++number}`);
}
