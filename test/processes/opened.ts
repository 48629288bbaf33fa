import { once } from "node:events";
import { adapterFor } from "../databases/connect.js";
import type { Connection } from "../databases/database.js";

// The child's side of start.ts.

const [connection, ...rest] = JSON.parse(process.argv[2] as string) as [Connection, ...unknown[]];

/** What else the process was told. */
export const args = rest;

/** A driver adapter for the test's database. */
export const adapter = () => adapterFor(connection);

export const say = (message: unknown) => process.send?.(message);

/** The next message of the test. */
export async function told(): Promise<unknown> {
  const [message] = await once(process, "message");
  return message;
}
