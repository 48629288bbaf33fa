import type { Dialect } from "../dialect.js";
import { inheritedTables, installedTriggers, missingTables } from "./catalogue.js";
import { digests } from "./digests.js";
import { problems } from "./rights.js";
import { sources } from "./source.js";
import { statements } from "./statements.js";
import { createTables, dropTables, tableNames } from "./tables.js";
import { dropTrigger } from "./trigger.js";
import { captureTriggers } from "./triggers.js";

/** PostgreSQL 14 or newer (for CREATE OR REPLACE TRIGGER), also as PGlite. */
export const postgresql: Dialect = {
  ...statements,
  ...digests,
  ...sources,
  provider: "postgresql",
  batchRows: 2_000,
  optimistic: false,

  tables: () => createTables,
  dropTables: () => dropTables,
  tableNames,
  missingTables,
  unsupported: inheritedTables,
  triggers: captureTriggers,
  installedTriggers,
  dropTrigger,
  problems,
};
