import type { Rows } from "../../../../prisma/generated/digest-sync/client.js";
import type { CollectionRows, DatabaseRows, Row } from "./database-rows.js";
import type { Device } from "./device.js";

export interface Comparison {
  /** Rows that were compared. */
  readonly rows: number;
  /** Bytes of the same rows as JSON: the price of downloading everything. */
  readonly fullBytes: number;
  /** The first thing that is not equal, in words; null: all is. */
  readonly difference: string | null;
}

/**
 * Compares a device's copy with the database: every row of every collection that the account may hold, every field,
 * both ways. Roots and digests have no say in it.
 */
export async function compare(database: DatabaseRows, device: Device): Promise<Comparison> {
  let rows = 0;
  let fullBytes = 0;
  let difference: string | null = null;
  for (const expected of await database.of(device.account.id)) {
    const held: readonly object[] = await device.client.collection(expected.name as keyof Rows).all();
    rows += expected.rows.length;
    fullBytes += expected.bytes;
    difference ??= firstDifference(expected, held as readonly Row[]);
  }
  return { rows, fullBytes, difference };
}

/** Of one collection; null when there is none. */
export function firstDifference({ name, key, fields, rows }: CollectionRows, held: readonly Row[]): string | null {
  const heldByKey = new Map(held.map((row) => [row[key], row]));
  if (heldByKey.size < held.length) return `the device holds a row of ${name} twice`;
  for (const row of rows) {
    const copy = heldByKey.get(row[key]);
    if (!copy) return `${name} ${row[key]} is not on the device`;
    heldByKey.delete(row[key]);
    const field = fields.find((one) => !same(row[one], copy[one]));
    if (field !== undefined) return `${name} ${row[key]} has another "${field}" on the device`;
    if (Object.keys(copy).length !== fields.length) return `${name} ${row[key]} has other fields on the device`;
  }
  for (const surplus of heldByKey.keys()) return `${name} ${surplus} is on the device alone`;
  return null;
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  return Object.is(a, b);
}
