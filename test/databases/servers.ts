import { connect } from "node:net";

/** The servers that tests use where there are any. Plain data: vitest.config.ts reads it too. */
export const servers = {
  postgresql: {
    title: "PostgreSQL",
    variable: "DIGEST_SYNC_POSTGRESQL_URL",
    url: process.env.DIGEST_SYNC_POSTGRESQL_URL ?? "postgresql://postgres@127.0.0.1:5432/postgres",
    port: 5432,
  },
  mysql: {
    title: "MySQL or MariaDB",
    variable: "DIGEST_SYNC_MYSQL_URL",
    url: process.env.DIGEST_SYNC_MYSQL_URL ?? "mariadb://root@127.0.0.1:3306/",
    port: 3306,
  },
} as const;

export type ServerName = keyof typeof servers;

/** The same server's URL with another database. */
export function urlOf(server: ServerName, database: string): string {
  const url = new URL(servers[server].url);
  url.pathname = `/${database}`;
  return url.href;
}

/** Whether something listens there. */
export function isReachable(server: ServerName): Promise<boolean> {
  const { url, port } = servers[server];
  const { hostname, port: given } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(given || port), timeout: 3_000 });
    const end = (reachable: boolean) => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
