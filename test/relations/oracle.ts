import { compileDigest, compileRowEncoder, keyText, scopeText, toHex } from "@digest-sync/core";
import { manifest } from "../../prisma/generated/relations/digest-sync/server.js";
import type { PrismaClient } from "../../prisma/generated/relations/prisma/client.js";
import { sql } from "../databases/index.js";

type Digests = Record<string, string>;
type Id = string | number | bigint;

/** Ids of one side of a join table, by those of the other: of rows that are there. */
async function links(client: PrismaClient, table: string, by: "A" | "B", present: ReadonlySet<string>) {
  const rows = await client.$queryRawUnsafe<{ A: Id; B: Id }[]>(sql(`SELECT "A", "B" FROM "${table}"`));
  const found = new Map<string, string[]>();
  for (const { A, B } of rows) {
    const [own, other] = by === "A" ? [`${A}`, `${B}`] : [`${B}`, `${A}`];
    if (present.has(other)) found.set(own, [...(found.get(own) ?? []), other]);
  }
  return (id: Id) => (found.get(`${id}`) ?? []).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Every digest there should be, as `collection|scope|key` -> digest: from each table by itself, joined here. */
export async function expectedDigests(client: PrismaClient): Promise<Digests> {
  const accounts = new Map((await client.account.findMany()).map((row) => [row.id, row]));
  const chats = new Map((await client.chat.findMany()).map((row) => [row.id, row]));
  const folders = new Map((await client.folder.findMany()).map((row) => [row.id, row]));
  const owners = new Set((await client.owner.findMany()).map(({ name }) => name));
  const sheets = new Map((await client.sheet.findMany()).map((row) => [`${row.book}/${row.number}`, row.colour]));
  const messages = await client.message.findMany();
  const labels = await client.label.findMany();
  const tags = await client.tag.findMany();
  const ids = (rows: readonly { id: Id }[]) => new Set(rows.map(({ id }) => `${id}`));
  const labelsOf = await links(client, "_LabelToMessage", "B", ids(labels));
  const messagesOf = await links(client, "_LabelToMessage", "A", ids(messages));
  const broader = await links(client, "_hierarchy", "A", ids(tags));
  const narrower = await links(client, "_hierarchy", "B", ids(tags));
  const folder = (id: number | null | undefined) => (id == null ? undefined : folders.get(id));

  const found: Digests = {};
  const add = (name: string, row: Record<string, unknown>, scope: (Id | null | undefined)[]) => {
    const collection = manifest.collections.find((one) => one.name === name);
    if (!collection) throw new Error(`no collection ${name}`);
    const digest = compileDigest(name, manifest.algorithm)(compileRowEncoder(collection)(row));
    found[`${name}|${scopeText(scope.map((value) => value ?? null))}|${keyText(collection, row)}`] = toHex(digest);
  };
  for (const row of chats.values()) add("Chat", row, [accounts.get(row.accountId)?.region]);
  for (const row of messages) {
    const chat = chats.get(row.chatId);
    const account = chat && accounts.get(chat.accountId);
    const numbers = labelsOf(row.id).map(BigInt);
    add("Message", { ...row, labels: numbers.sort((a, b) => (a > b ? 1 : -1)) }, [account?.region, chat?.accountId]);
  }
  for (const row of await client.draft.findMany()) {
    const name = folder(row.folderId)?.ownerName;
    add("Draft", row, [name != null && owners.has(name) ? name : null]);
  }
  for (const row of folders.values()) add("Folder", row, [folder(folder(row.parentId)?.parentId)?.ownerName]);
  for (const row of labels) add("Label", { ...row, messages: messagesOf(row.id) }, []);
  for (const row of tags) add("Tag", { ...row, broader: broader(row.id), narrower: narrower(row.id) }, [row.areaCode]);
  for (const row of await client.cell.findMany()) add("Cell", row, [sheets.get(`${row.book}/${row.number}`)]);
  return found;
}

/** MySQL has its text as bytes. */
const text = (value: string | Uint8Array) => (typeof value === "string" ? value : Buffer.from(value).toString());

/** Every digest that is stored, under the same names. */
export async function storedDigests(client: PrismaClient): Promise<Digests> {
  const scopes = new Map(
    (await client.digestScope.findMany()).map((row) => [`${row.id}`, `${text(row.collection)}|${text(row.scope)}`]),
  );
  return Object.fromEntries(
    (await client.digestRow.findMany()).map(({ scopeId, key, head, tail }) => [
      `${scopes.get(`${scopeId}`)}|${text(key)}`,
      BigInt.asUintN(64, BigInt(head)).toString(16).padStart(16, "0") + Buffer.from(tail).toString("hex"),
    ]),
  );
}

/** Every pending change, under the same names; a wildcard has a star for what it leaves open. */
export async function pendingPlaces(client: PrismaClient): Promise<Set<string>> {
  const rows = await client.digestPending.findMany();
  return new Set(
    rows.map(({ collection, scope, key }) =>
      [text(collection), scope === null ? "*" : text(scope), key === null ? "*" : text(key)].join("|"),
    ),
  );
}
