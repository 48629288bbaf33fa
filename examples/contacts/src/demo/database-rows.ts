import type { DatabaseManifest } from "@digest-sync/prisma";
import { manifest as generated } from "../../../../prisma/generated/digest-sync/server.js";
import type { PrismaClient } from "../../../../prisma/generated/prisma/client.js";

const manifest: DatabaseManifest = generated;

export type Row = Readonly<Record<string, unknown>>;

/** The rows of a collection that an account may hold, as plain Prisma reads them. */
export interface CollectionRows {
  readonly name: string;
  /** The primary key; it is one field in every model here. */
  readonly key: string;
  /** The synced fields. */
  readonly fields: readonly string[];
  readonly rows: readonly Row[];
  /** Bytes of `JSON.stringify(rows)`: what a full download would be. */
  readonly bytes: number;
}

interface Delegate {
  findMany(query: { where: object; select: object }): Promise<Row[]>;
}

/**
 * Reads what a device should hold, past everything that is tested: through Prisma and by account, no digest involved.
 *
 * Prisma takes seconds to decode 160,000 rows, and most are as they were a step ago. So SQLite first writes the whole
 * table as one JSON text, ten times as fast, and Prisma decodes it again when that text is not the last one.
 */
export class DatabaseRows {
  private readonly known = new Map<string, { readonly text: string; readonly collection: CollectionRows }>();

  constructor(private readonly prisma: PrismaClient) {}

  async of(accountId: string): Promise<CollectionRows[]> {
    const all: CollectionRows[] = [];
    for (const { name, key, fields, scope } of manifest.collections) {
      const names = fields.map((field) => field.name);
      const place = `${name} ${scope.length > 0 ? accountId : ""}`;
      const text = await this.text(name, names, scope, accountId);
      const known = this.known.get(place);
      const collection =
        known?.text === text
          ? known.collection
          : { name, key: key[0] ?? "", fields: names, ...(await this.read(name, names, scope, accountId)) };
      this.known.set(place, { text, collection });
      all.push(collection);
    }
    return all;
  }

  private async text(name: string, fields: readonly string[], scope: readonly string[], id: string): Promise<string> {
    const columns = fields.map((field) => `"${field}"`).join(", ");
    const conditions = scope.map((path) => condition(name, path));
    const filter = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
    const [row] = await this.prisma.$queryRawUnsafe<{ text: string }[]>(
      `SELECT json_group_array(json_array(${columns})) AS text FROM "${name}" ${filter}`,
      ...scope.map(() => id),
    );
    return row?.text ?? "";
  }

  private async read(name: string, fields: readonly string[], scope: readonly string[], id: string) {
    const delegate = manifest.tables.find(({ model }) => model === name)?.delegate ?? name;
    // `chat.accountId` is { chat: { accountId } }
    const where = Object.assign(
      {},
      ...scope.map((path) => path.split(".").reduceRight<unknown>((of, at) => ({ [at]: of }), id)),
    );
    const delegates = this.prisma as unknown as Readonly<Record<string, Delegate>>;
    const select = Object.fromEntries(fields.map((field) => [field, true]));
    const rows = (await delegates[delegate]?.findMany({ where, select })) ?? [];
    return { rows, bytes: new TextEncoder().encode(JSON.stringify(rows)).length };
  }
}

/** The SQL that a scope value is the parameter, through the tables that its path leads over. */
function condition(name: string, path: string): string {
  const { hops, column } = manifest.tables.find(({ model }) => model === name)?.paths?.[path] ?? {
    hops: [],
    column: { name: path },
  };
  return hops.reduceRight(
    (of, { columns, table, references }) =>
      `"${columns[0]}" IN (SELECT "${references[0]}" FROM "${table.name}" WHERE ${of})`,
    `"${column.name}" = ?`,
  );
}
