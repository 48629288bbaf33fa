import type { Notifications } from "@digest-sync/nestjs";
import { Client, Pool } from "pg";

/**
 * Tells all server processes through PostgreSQL, which they share anyway. LISTEN is bound to a connection, and Prisma
 * lends a different one to each query: hence one of pg's own. It may break: the processes look by themselves in any case.
 */
export function postgresNotifications(connectionString: string, channel = "digest_sync"): Notifications {
  const pool = new Pool({ connectionString, max: 1, idleTimeoutMillis: 10_000, allowExitOnIdle: true });
  pool.on("error", () => {});
  return {
    async publish() {
      await pool.query("SELECT pg_notify($1, '')", [channel]);
    },
    async subscribe(listener) {
      let connection: Client | undefined;
      let retry: NodeJS.Timeout | undefined;
      let isOver = false;
      const connect = async () => {
        const client = new Client({ connectionString });
        connection = client;
        client.on("notification", listener);
        client.on("error", () => {});
        client.once("end", again);
        await client.connect();
        await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
        // What was told while nobody listened.
        listener();
      };
      const again = () => {
        if (isOver) return;
        clearTimeout(retry);
        retry = setTimeout(() => void connect().catch(again), 1_000);
      };
      await connect();
      return async () => {
        isOver = true;
        clearTimeout(retry);
        await connection?.end();
        await pool.end();
      };
    },
  };
}
