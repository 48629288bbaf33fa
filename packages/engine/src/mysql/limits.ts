import { DigestSyncError } from "@digest-sync/core";
import { columnOf, dependentsOf, ownRow } from "../dependents.js";
import type { Source } from "../dialect.js";
import type { TableName } from "../manifest.js";
import type { Session } from "../ports.js";
import { statement } from "./sql.js";
import { longest } from "./tables.js";

interface PlaceColumn {
  readonly table: TableName;
  readonly name: string;
}

interface ColumnFacts {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly length: number | bigint | null;
  readonly charset: string | null;
}

/** Bytes of UTF-8, escaped, that a value's text has at most. `~` and `/` take two, and they are one byte at first. */
function bytesOf({ length, charset }: ColumnFacts): number {
  // The longest 64-bit integer has 20 characters.
  if (length === null) return 20;
  return Number(length) * (charset?.startsWith("utf8mb4") ? 4 : charset?.startsWith("utf8") ? 3 : 2);
}

async function factsOf(session: Session, columns: readonly PlaceColumn[]): Promise<ColumnFacts[]> {
  if (columns.length === 0) return [];
  const conditions = columns.map(({ table }) =>
    table.schema === undefined
      ? "(TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?)"
      : "(TABLE_NAME = ? AND COLUMN_NAME = ? AND TABLE_SCHEMA = ?)",
  );
  return session.query<ColumnFacts>(
    statement(
      `SELECT TABLE_NAME AS \`table\`, COLUMN_NAME AS \`name\`, COLUMN_TYPE AS \`type\`,
       CHARACTER_MAXIMUM_LENGTH AS \`length\`, CHARACTER_SET_NAME AS \`charset\`
       FROM information_schema.COLUMNS WHERE ${conditions.join(" OR ")}`,
      ...columns.flatMap(({ table, name }) => [
        table.name,
        name,
        ...(table.schema === undefined ? [] : [table.schema]),
      ]),
    ),
  );
}

/**
 * Refuses keys and scopes that may be longer than what our tables hold: the app's own writes would fail, one day. And
 * ZEROFILL, of which a trigger sees the zeros and Prisma does not.
 *
 * @throws DigestSyncError `invalid-manifest`
 */
export async function checkPlaces(session: Session, source: Source): Promise<void> {
  const { scope, joins } = dependentsOf(source);
  const tables = new Map<string, TableName>(joins.map(({ alias, table }) => [alias, table]));
  tables.set(ownRow, source.table);
  const parts: Record<keyof typeof longest, PlaceColumn[]> = {
    key: source.collection.key.map((field) => ({ table: source.table, name: columnOf(source, field).name })),
    scope: scope.map(({ alias, column }) => ({ table: tables.get(alias) ?? source.table, name: column.name })),
  };
  const facts = await factsOf(session, [...parts.key, ...parts.scope]);
  for (const kind of ["key", "scope"] as const) {
    const found = parts[kind].flatMap(({ table, name }) =>
      facts.filter((one) => one.table.toLowerCase() === table.name.toLowerCase() && one.name === name).slice(0, 1),
    );
    const filled = found.find(({ type }) => type.includes("zerofill"));
    if (filled) {
      throw refused(source, `${filled.table}.${filled.name} is ZEROFILL, which triggers and Prisma read differently.`);
    }
    // A `/` between each two.
    const bytes = found.reduce((sum, one) => sum + bytesOf(one) + 1, -1);
    if (bytes <= longest[kind]) continue;
    const names = found.map(({ table, name }) => `${table}.${name}`).join(", ");
    throw refused(
      source,
      `as text, its ${kind} (${names}) may be ${bytes} bytes long, and an index holds ${longest[kind]}. Use shorter types: VARCHAR(191) takes ${4 * 191}.`,
    );
  }
}

function refused({ table: { model } }: Source, reason: string): DigestSyncError {
  return new DigestSyncError("invalid-manifest", `${model} cannot be synced: ${reason}`, { collection: model });
}
