import type { DatabaseKind } from "./database.js";
import { mysql } from "./mysql.js";
import { pglite } from "./pglite.js";
import { postgresql } from "./postgresql.js";
import { sqlite } from "./sqlite.js";

/** The databases of the campaigns, by the names of their option. */
export const databases: Readonly<Record<string, DatabaseKind>> = { sqlite, pglite, postgresql, mysql };
