import { createHash } from "node:crypto";
import { type Collection, findCollection, keyText } from "@digest-sync/core";
import type { DatabaseManifest, Provider } from "@digest-sync/engine";
import { encodeByOracle, oracle } from "../../packages/core/test/encoding-oracle.js";
import type { PrismaClient } from "../../prisma/generated/campaigns/prisma/client.js";
import { spelled } from "./operations/writer.js";

/** `collection|scope|key` -> digest, as hexadecimal text. */
export type DigestsByPlace = ReadonlyMap<string, string>;

interface Row extends Readonly<Record<string, unknown>> {
  /** Where the row belongs, from a JOIN of the database's own. */
  readonly scopeValue: string | null;
}

const own = { Account: "id", Contact: "accountId", Chat: "accountId", Folder: "accountId" } as const;

/** Scope values that other tables hold: key and value, by the database's idea of which row refers to which. */
const joined: Readonly<Record<string, string>> = {
  Message: `SELECT t."id" AS "key", c."accountId" AS "value" FROM "Message" t JOIN "Chat" c ON c."id" = t."chatId"`,
  Reaction: `SELECT t."messageId" AS "key", c."accountId" AS "value" FROM "Reaction" t
    JOIN "Message" m ON m."id" = t."messageId" JOIN "Chat" c ON c."id" = m."chatId"`,
  Note: `SELECT t."id" AS "key", c."accountId" AS "value" FROM "Note" t LEFT JOIN "Contact" c ON c."id" = t."contactId"`,
};

/** The digest of a row, by another encoder than ours and another SHA-256. */
export function digestByOracle(collection: Collection, row: Readonly<Record<string, unknown>>): string {
  return createHash("sha256")
    .update(Uint8Array.of(0x82))
    .update(oracle(collection.name))
    .update(encodeByOracle(collection, row))
    .digest("hex");
}

export const placeOf = (collection: Collection, scope: string, row: Readonly<Record<string, unknown>>) =>
  `${collection.name}|${scope}|${keyText(collection, row)}`;

/** Every digest there should be, from the tables alone. */
export async function digestsOfTables(client: PrismaClient, manifest: DatabaseManifest): Promise<DigestsByPlace> {
  const found = new Map<string, string>();
  for (const { name, table } of manifest.tables.map((table) => ({ name: table.model, table }))) {
    const collection = findCollection(manifest, name);
    for (const row of await rowsOf(client, manifest.provider, name, table.delegate, collection)) {
      if (name === "Folder" && row.archived) continue;
      const scope = collection.scope.length === 0 ? "" : scopeText(row.scopeValue);
      found.set(placeOf(collection, scope, row), digestByOracle(collection, row));
    }
  }
  return found;
}

const scopeText = (value: string | null) => value?.replaceAll("~", "~0").replaceAll("/", "~1") ?? "~";

async function rowsOf(
  client: PrismaClient,
  provider: Provider,
  model: string,
  delegate: string,
  collection: Collection,
): Promise<Row[]> {
  const tags = model === "Chat" ? { include: { tags: { select: { name: true } } } } : {};
  const rows = await (
    client as unknown as Record<string, { findMany(args: object): Promise<Record<string, unknown>[]> }>
  )[delegate]!.findMany(tags);
  const values = new Map<string, string | null>();
  if (collection.scope.length > 0 && joined[model]) {
    const places = await client.$queryRawUnsafe<{ key: string | number | bigint; value: string | null }[]>(
      spelled(provider, joined[model]),
    );
    for (const { key, value } of places) values.set(String(key), value);
  }
  return rows.map((row) => ({
    ...row,
    ...(model === "Chat" ? { tags: namesOf(row.tags as { name: string }[]) } : {}),
    ...(typeof row.balance === "object" ? { balance: String(row.balance) } : {}),
    scopeValue:
      model in own
        ? (row[own[model as keyof typeof own]] as string)
        : (values.get(String(row.messageId ?? row.id)) ?? null),
  }));
}

const namesOf = (tags: readonly { name: string }[]) =>
  tags.map(({ name }) => name).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const stored: Record<Provider, string> = {
  sqlite: `printf('%016x', r."head") || lower(hex(r."tail"))`,
  postgresql: `lpad(to_hex(r."head"), 16, '0') || encode(r."tail", 'hex')`,
  mysql: `concat(lpad(lower(hex(r."head")), 16, '0'), lower(hex(r."tail")))`,
};

/** Every digest that is stored. */
export async function storedDigests(client: PrismaClient, provider: Provider): Promise<DigestsByPlace> {
  const text = (column: string) => (provider === "mysql" ? `CONVERT(${column} USING utf8mb4)` : column);
  const rows = await client.$queryRawUnsafe<{ collection: string; scope: string; key: string; digest: string }[]>(
    spelled(
      provider,
      `SELECT ${text(`s."collection"`)} AS "collection", ${text(`s."scope"`)} AS "scope", ${text(`r."key"`)} AS "key",
       ${stored[provider]} AS "digest" FROM "_digest_row" r JOIN "_digest_scope" s ON s."id" = r."scope_id"`,
    ),
  );
  return new Map(rows.map(({ collection, scope, key, digest }) => [`${collection}|${scope}|${key}`, digest]));
}

/** What is stored against what there should be: one line for each difference. */
export function differences(expected: DigestsByPlace, actual: DigestsByPlace): string[] {
  const missed = [...expected].flatMap(([place, digest]) =>
    actual.get(place) === digest ? [] : [`${actual.has(place) ? "different" : "missed"}: ${place}`],
  );
  const phantom = [...actual.keys()].filter((place) => !expected.has(place)).map((place) => `phantom: ${place}`);
  return [...missed, ...phantom];
}
