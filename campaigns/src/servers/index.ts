import type { Provider } from "@digest-sync/engine";
import { mysqlServer } from "./mysql.js";
import { postgresqlServer } from "./postgresql.js";
import type { Server } from "./server.js";

/** A server of our own for this provider, not started yet. SQLite has none. */
export async function serverFor(provider: Provider): Promise<Server | undefined> {
  if (provider === "sqlite") return undefined;
  return provider === "postgresql" ? postgresqlServer() : mysqlServer();
}
