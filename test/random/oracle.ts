import { compileDigest, compileRowEncoder, keyText, scopeText, toHex } from "@digest-sync/core";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import type { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { storedDigests } from "../databases/digest-tables.js";

type Digests = Record<string, string>;
interface Delegate {
  findMany(args: { include?: object }): Promise<Record<string, unknown>[]>;
}

/** What `chat.accountId` leads to. */
const follow = (row: unknown, path: string) =>
  path.split(".").reduce((at, name) => (at as Record<string, unknown>)[name], row) as string;

/** Every digest there should be, as `collection|scope|key` -> digest, from the tables alone. */
export async function digestsOfTables(client: PrismaClient): Promise<Digests> {
  const found: Digests = {};
  for (const collection of manifest.collections) {
    const table = manifest.tables.find(({ model }) => model === collection.name);
    const delegate = (client as unknown as Record<string, Delegate>)[table?.delegate ?? ""] as Delegate;
    const encode = compileRowEncoder(collection);
    const digest = compileDigest(collection.name, manifest.algorithm);
    const through = collection.scope.filter((path) => path.includes(".")).map((path) => [path.split(".")[0], true]);
    const include = through.length > 0 ? { include: Object.fromEntries(through) } : {};
    for (const row of await delegate.findMany(include)) {
      const scope = scopeText(collection.scope.map((path) => follow(row, path)));
      found[`${collection.name}|${scope}|${keyText(collection, row)}`] = toHex(digest(encode(row)));
    }
  }
  return found;
}

/** Every digest that is stored, under the same names. */
export async function digestsStored(client: PrismaClient): Promise<Digests> {
  const rows = await storedDigests(client);
  return Object.fromEntries(
    rows.map(({ collection, scope, key, digest }) => [`${collection}|${scope}|${key}`, digest]),
  );
}
