import { join } from "node:path";
import pg from "pg";
import { makeServer, type Program, type Server, versionsIn } from "./server.js";

/**
 * A deadlock is looked for after 100 ms, and who waits so long says for what: the log of a deadlock has the statements of
 * both sides, but only one side's place within a trigger.
 */
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  deadlock_timeout: "100ms",
  log_lock_waits: "on",
  logging_collector: "off",
  log_line_prefix: "%m [%p] ",
};

const program: Program = {
  name: "postgresql",
  account: "postgres",
  folders: versionsIn("/usr/lib/postgresql", "bin"),
  initialize: (folder) => [
    "initdb",
    "-D",
    join(folder, "data"),
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--no-locale",
  ],
  serve: (folder, port) => [
    "postgres",
    ...["-D", join(folder, "data"), "-p", String(port)],
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ],
  url: (port) => `postgresql://postgres@127.0.0.1:${port}`,
  ping: async (url) => {
    const client = new pg.Client({ connectionString: `${url}/postgres` });
    client.on("error", () => undefined);
    await client.connect();
    await client.end();
  },
  // "Fast": its clients' transactions are rolled back.
  farewell: "SIGINT",
};

export const postgresqlServer = (): Promise<Server> => makeServer(program);
