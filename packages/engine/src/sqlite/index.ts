import type { Dialect } from "../dialect.js";
import { virtualTables } from "./catalogue.js";
import { digests } from "./digests.js";
import { sources } from "./source.js";
import { identifier, json, statement } from "./sql.js";
import { statements } from "./statements.js";
import { createTables, dropTables, tableNames } from "./tables.js";
import { triggerPrefix } from "./trigger.js";
import { captureTriggers } from "./triggers.js";

/** SQLite 3.41 or newer (for unhex), through any driver. */
export const sqlite: Dialect = {
  ...statements,
  ...digests,
  ...sources,
  provider: "sqlite",
  // Everything in SQLite runs synchronously in the app's process, so a batch is a pause of its event loop; but every
  // transaction through Prisma costs about 10 ms, so smaller batches are slower: 500 rows by a third.
  batchRows: 1_000,
  optimistic: true,

  tables: () => createTables,
  dropTables: () => dropTables,
  tableNames,
  missingTables: async (session, tables) => {
    const names = tables.map(({ name }) => name);
    const found = await session.query<{ name: string }>(
      statement(
        `SELECT "name" FROM "sqlite_master" WHERE "type" = 'table' AND "name" IN (SELECT value FROM json_each(?))`,
        json(names),
      ),
    );
    const present = new Set(found.map(({ name }) => name));
    return names.filter((name) => !present.has(name));
  },
  unsupported: virtualTables,
  triggers: captureTriggers,
  installedTriggers: async (session) => {
    const rows = await session.query<{ name: string; table: string }>(
      statement(
        `SELECT "name", "tbl_name" AS "table" FROM "sqlite_master" WHERE "type" = 'trigger' AND substr("name", 1, ?) = ?`,
        triggerPrefix.length,
        triggerPrefix,
      ),
    );
    return rows.map(({ name, table }) => ({ name, table: { name: table } }));
  },
  // A file has no rights and no policies.
  problems: async () => [],
  dropTrigger: ({ name }) => [statement(`DROP TRIGGER IF EXISTS ${identifier(name)}`)],
};
