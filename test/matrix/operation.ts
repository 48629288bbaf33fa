import type { Provider } from "@digest-sync/engine";
import type { PrismaClient } from "../../prisma/generated/matrix/prisma/client.js";

/** What an operation needs of a client: any of ours, or a transaction of one. */
export type Client = Omit<PrismaClient, "$connect" | "$disconnect" | "$on" | "$extends">;

/** One write. It has an effect on the seed, unless it is `refused`. */
export interface Operation {
  readonly name: string;
  /** Databases that have it; all of them if absent. */
  readonly on?: readonly Provider[];
  /** Written through a Prisma client; raw SQL runs as `sql` says if absent. */
  readonly run?: (db: Client, provider: Provider) => PromiseLike<unknown>;
  /** Written as one statement, by every writer. Names in double quotes, which MySQL gets as backticks. */
  readonly sql?: string | Partial<Readonly<Record<Provider, string>>>;
  /** The database does not let it happen: nothing may change, and the error is the plain client's. */
  readonly refused?: true;
  /** How many rows the database says were written is not compared. */
  readonly uncounted?: true;
  /** The command line of the database alone can do it (psql's COPY). */
  readonly shellOnly?: true;
}

/** The statement of an operation on one database; undefined when there is none. */
export function sqlOf({ sql }: Operation, provider: Provider): string | undefined {
  const text = typeof sql === "string" ? sql : sql?.[provider];
  return text === undefined ? undefined : quoted(text, provider);
}

/** SQL with the quotes that a database puts around names. */
export function quoted(sql: string, provider: Provider): string {
  return provider === "mysql" ? sql.replaceAll('"', "`") : sql;
}
