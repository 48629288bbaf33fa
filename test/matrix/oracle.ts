import { type Collection, compileDigest, compileRowEncoder, keyText, scopeText, toHex } from "@digest-sync/core";
import type { DatabaseManifest } from "@digest-sync/engine";
import type { Client } from "./operation.js";

type Row = Record<string, unknown>;
/** Every row of every table of the app; cards with the ids of what they are connected to. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

export type Digests = Readonly<Record<string, string>>;

/** The tables as an ORM of its own sees them, sorted: Prisma returns rows in no order. */
export async function tablesOf(db: Client): Promise<Tables> {
  const id = { id: "asc" } as const;
  const ids = { select: { id: true }, orderBy: id } as const;
  const [Team, Board, Card, Note, Label, Reader, Owner, ...on] = await Promise.all([
    db.team.findMany({ orderBy: id }),
    db.board.findMany({ orderBy: id }),
    db.card.findMany({ orderBy: id, include: { labels: ids, readers: ids } }),
    db.note.findMany({ orderBy: id }),
    db.label.findMany({ orderBy: id }),
    db.reader.findMany({ orderBy: id }),
    db.owner.findMany({ orderBy: { code: "asc" } }),
    db.onCascade.findMany({ orderBy: id }),
    db.onSetNull.findMany({ orderBy: id }),
    db.onSetDefault.findMany({ orderBy: id }),
    db.onRestrict.findMany({ orderBy: id }),
    db.onNoAction.findMany({ orderBy: id }),
  ]);
  const [OnCascade, OnSetNull, OnSetDefault, OnRestrict, OnNoAction] = on;
  return {
    Team,
    Board,
    Card,
    Note,
    Label,
    Reader,
    Owner,
    OnCascade,
    OnSetNull,
    OnSetDefault,
    OnRestrict,
    OnNoAction,
  } as Tables;
}

/** Where the relations of scope paths lead. */
const relations: Readonly<Record<string, { readonly table: string; readonly field: string }>> = {
  "Card.board": { table: "Board", field: "boardId" },
  "Note.card": { table: "Card", field: "cardId" },
};

function valueAt(tables: Tables, model: string, row: Row | undefined, path: readonly string[]): unknown {
  const [name, ...rest] = path as [string, ...string[]];
  if (row === undefined || rest.length === 0) return row?.[name] ?? null;
  const relation = relations[`${model}.${name}`];
  if (relation === undefined) throw new Error(`The oracle knows no relation ${model}.${name}.`);
  const { table, field } = relation;
  const next = tables[table]?.find(({ id }) => id === row[field]);
  return valueAt(tables, table, next, rest);
}

function encodable(collection: Collection, row: Row): Row {
  const lists = collection.fields.filter(({ list, name }) => list && Array.isArray(row[name]));
  const ids = lists.map(({ name }) => [name, (row[name] as { id: unknown }[]).map(({ id }) => id)]);
  return { ...row, ...Object.fromEntries(ids) };
}

/** Every digest there should be, as `collection|scope|key` -> digest, from the tables alone. */
export function digestsOf(tables: Tables, manifest: DatabaseManifest): Digests {
  const found: Record<string, string> = {};
  for (const collection of manifest.collections) {
    const encode = compileRowEncoder(collection);
    const digest = compileDigest(collection.name, manifest.algorithm);
    for (const row of tables[collection.name] ?? []) {
      const scope = scopeText(
        collection.scope.map((path) => valueAt(tables, collection.name, row, path.split(".")) as string | null),
      );
      found[`${collection.name}|${scope}|${keyText(collection, row)}`] = toHex(
        digest(encode(encodable(collection, row))),
      );
    }
  }
  return found;
}

/** MySQL's columns for names are of bytes: its collations would compare in their own ways. */
const text = (name: string | Uint8Array) => (typeof name === "string" ? name : Buffer.from(name).toString());

type Name = string | Uint8Array;
interface DigestTables {
  readonly digestScope: { findMany(): PromiseLike<{ id: number | bigint; collection: Name; scope: Name }[]> };
  readonly digestRow: {
    findMany(): PromiseLike<{ scopeId: number | bigint; key: Name; head: bigint; tail: Uint8Array }[]>;
  };
}

/** Every digest that is stored, under the same names. */
export async function storedDigests(db: DigestTables): Promise<Digests> {
  const [scopes, rows] = await Promise.all([db.digestScope.findMany(), db.digestRow.findMany()]);
  const places = new Map(scopes.map(({ id, collection, scope }) => [id, `${text(collection)}|${text(scope)}`]));
  return Object.fromEntries(
    rows.map(({ scopeId, key, head, tail }) => [
      `${places.get(scopeId)}|${text(key)}`,
      BigInt.asUintN(64, head).toString(16).padStart(16, "0") + toHex(tail),
    ]),
  );
}
