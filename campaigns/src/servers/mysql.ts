import { join } from "node:path";
import mariadb from "mariadb";
import { makeServer, type Program, type Server } from "./server.js";

const program: Program = {
  name: "mariadb",
  account: "mysql",
  folders: ["/usr/sbin", "/usr/local/sbin"],
  initialize: (folder) => [
    "mariadb-install-db",
    ...["--no-defaults", `--datadir=${join(folder, "data")}`],
    ...["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
  ],
  serve: (folder, port) => [
    "mariadbd",
    ...["--no-defaults", `--datadir=${join(folder, "data")}`, `--socket=${join(folder, "socket")}`],
    ...[`--port=${port}`, "--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200"],
    "--innodb-print-all-deadlocks=ON",
  ],
  url: (port) => `mariadb://root@127.0.0.1:${port}`,
  ping: async (url) => {
    const { hostname, port } = new URL(url);
    const connection = await mariadb.createConnection({ host: hostname, port: Number(port), user: "root" });
    await connection.end();
  },
  farewell: "SIGTERM",
};

export const mysqlServer = (): Promise<Server> => makeServer(program);
