import type { Operation } from "./operation.js";
import { actionOperations } from "./operations-actions.js";
import { listOperations, nestedOperations } from "./operations-nested.js";
import { rowOperations } from "./operations-rows.js";
import { sqlOperations } from "./operations-sql.js";

/** Every way to write, in the order of docs/writes.md. */
export const groups: readonly { readonly name: string; readonly operations: readonly Operation[] }[] = [
  { name: "Prisma, one model", operations: rowOperations },
  { name: "Prisma, nested", operations: nestedOperations },
  { name: "Implicit many-to-many", operations: listOperations },
  { name: "Referential actions", operations: actionOperations },
  { name: "SQL", operations: sqlOperations },
];
