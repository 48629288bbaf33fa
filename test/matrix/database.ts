import type { Provider } from "@digest-sync/engine";
import Database from "libsql";
import { PrismaClient } from "../../prisma/generated/matrix/prisma/client.js";
import { emptyDatabase } from "../database.js";
import type { Connection, Shell } from "./connection.js";
import type { Client } from "./operation.js";
import { isInstalled, shell } from "./shells.js";

/** An empty database of the matrix's schema, and the ways into it. */
export interface MatrixDatabase {
  readonly provider: Provider;
  client(): Client;
  connect(): Promise<Connection>;
  /** Undefined where the command line is not on this machine. */
  readonly shell: Shell | undefined;
  remove(): Promise<void>;
}

export const provider: Provider = "sqlite";

export async function matrixDatabase(): Promise<MatrixDatabase> {
  const database = await emptyDatabase("matrix");
  return {
    provider: "sqlite",
    client: () => database.closing(new PrismaClient({ adapter: database.adapter() })),
    connect: async () => {
      const connection = new Database(database.path, { timeout: 5000 });
      connection.exec("PRAGMA foreign_keys = ON");
      return {
        execute: async (sql) => connection.exec(sql),
        end: async () => {
          connection.close();
        },
      };
    },
    shell: isInstalled("sqlite3")
      ? shell("sqlite3", ["-bail", "-cmd", "PRAGMA foreign_keys = ON", "-cmd", ".timeout 5000", database.path])
      : undefined,
    remove: () => database.remove(),
  };
}
