import type { Dialect } from "../dialect.js";
import { digests } from "./digests.js";
import { problems, refusal } from "./rights.js";
import { sources } from "./source.js";
import { identifier, statement } from "./sql.js";
import { statements } from "./statements.js";
import { createTables, dropTables, tableNames } from "./tables.js";
import { triggerPrefix } from "./trigger.js";
import { captureTriggers } from "./triggers.js";

/** MySQL 8.0.29 or newer and MariaDB 10.6 or newer, with InnoDB. */
export const mysql: Dialect = {
  ...statements,
  ...digests,
  ...sources,
  provider: "mysql",
  batchRows: 2_000,
  optimistic: false,

  tables: () => createTables,
  dropTables: () => dropTables,
  tableNames,
  missingTables: async (session, tables) => {
    const found = await session.query<{ name: string }>(
      statement("SELECT TABLE_NAME AS `name` FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"),
    );
    // Whether names that differ by case are the same depends on the server's file system.
    const present = new Set(found.map(({ name }) => name.toLowerCase()));
    return tables.map(({ name }) => name).filter((name) => !present.has(name.toLowerCase()));
  },
  // A pending change must come and go with the write that made it.
  unsupported: async (session, tables) => {
    const found = await session.query<{ name: string; engine: string }>(
      statement(
        `SELECT t.TABLE_NAME AS \`name\`, t.ENGINE AS \`engine\` FROM information_schema.TABLES t
         JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
         WHERE t.TABLE_SCHEMA = DATABASE() AND COALESCE(e.TRANSACTIONS, 'NO') <> 'YES'`,
      ),
    );
    const named = new Set(tables.map(({ name }) => name.toLowerCase()));
    return found
      .filter(({ name }) => named.has(name.toLowerCase()))
      .map(
        ({ name, engine }) =>
          `Table ${name} has the engine ${engine}, which has no transactions: ALTER TABLE ${identifier(name)} ENGINE = InnoDB`,
      );
  },
  triggers: captureTriggers,
  installedTriggers: async (session) => {
    const rows = await session.query<{ name: string; table: string }>(
      statement(
        `SELECT TRIGGER_NAME AS \`name\`, EVENT_OBJECT_TABLE AS \`table\` FROM information_schema.TRIGGERS
         WHERE TRIGGER_SCHEMA = DATABASE() AND LEFT(TRIGGER_NAME, ${triggerPrefix.length}) = '${triggerPrefix}'`,
      ),
    );
    return rows.map(({ name, table }) => ({ name, table: { name: table } }));
  },
  problems,
  refusal,
  dropTrigger: ({ name }) => [statement(`DROP TRIGGER IF EXISTS ${identifier(name)}`)],
};
