import fc from "fast-check";
import type { PrismaClient } from "../../prisma/generated/relations/prisma/client.js";
import { sql } from "../databases/index.js";

/** One random write over prisma/relations.prisma, as plain data; ids come from small pools, and many writes fail. */
export interface Operation {
  readonly kind: keyof typeof operations;
  readonly around: "alone" | "batch" | "interactive" | "rolled back";
  readonly n: readonly [number, number, number, number];
}

const pick = (letter: string, count: number) => (n: number) => `${letter}${n % count}`;
const account = pick("a", 3);
const chat = pick("h", 4);
const message = pick("m", 8);
const owner = pick("o", 3);
const tag = pick("t", 5);
const book = pick("b", 2);
const topic = pick("topic", 3);
const region = (n: number) => (n % 2 === 0 ? "north" : "south");
const small = (n: number, count = 4) => 1 + (n % count);
const label = (n: number) => BigInt(small(n)) ** 9n;
const maybe = <T>(n: number, value: T) => (n % 3 === 0 ? null : value);

type Run = (db: Pick<PrismaClient, keyof PrismaClient & string>, n: Operation["n"]) => PromiseLike<unknown>;
const raw = (statement: string, values: (n: Operation["n"]) => unknown[]): Run => {
  const text = sql(statement);
  return (db, n) => db.$executeRawUnsafe(text, ...values(n));
};

export const operations = {
  createAccount: (db, [a, c, r]) =>
    db.account.create({ data: { id: account(a), code: account(c), region: region(r) } }),
  planAccount: (db, [a, p]) => db.account.update({ where: { id: account(a) }, data: { plan: p } }),
  moveAccount: (db, [a, r]) => db.account.update({ where: { id: account(a) }, data: { region: region(r) } }),
  moveAccounts: (db, [r]) => db.account.updateMany({ data: { region: region(r) } }),
  renameAccount: (db, [a, b]) => db.account.update({ where: { id: account(a) }, data: { id: account(b) } }),
  deleteAccount: (db, [a]) => db.account.delete({ where: { id: account(a) } }),
  createChat: (db, [h, a, t]) =>
    db.chat.create({ data: { id: chat(h), accountId: account(a), topic: maybe(t, topic(t)) } }),
  upsertChat: (db, [h, a]) =>
    db.chat.upsert({
      where: { id: chat(h) },
      create: { id: chat(h), accountId: account(a) },
      update: { accountId: account(a) },
    }),
  moveChat: (db, [h, a]) => db.chat.update({ where: { id: chat(h) }, data: { accountId: account(a) } }),
  moveChats: (db, [a, b]) => db.chat.updateMany({ where: { accountId: account(a) }, data: { accountId: account(b) } }),
  renameChat: (db, [h, i]) => db.chat.update({ where: { id: chat(h) }, data: { id: chat(i) } }),
  renameAndMoveChat: (db, [h, i, a]) =>
    db.chat.update({ where: { id: chat(h) }, data: { id: chat(i), accountId: account(a) } }),
  deleteChat: (db, [h]) => db.chat.delete({ where: { id: chat(h) } }),
  createMessage: (db, [m, h, d, l]) =>
    db.message.create({
      data: {
        id: message(m),
        body: "new",
        chat: { connect: { id: chat(h) } },
        ...(d % 3 === 0 ? { draft: { connect: { id: small(d) } } } : {}),
        labels: { connectOrCreate: { where: { id: label(l) }, create: { id: label(l), name: "new" } } },
      },
    }),
  createMessages: (db, [m, h]) =>
    db.message.createMany({ data: [0, 1, 2].map((i) => ({ id: message(m + i), chatId: chat(h), body: "many" })) }),
  editMessages: (db, [h, n]) => db.message.updateMany({ where: { chatId: chat(h) }, data: { body: `${n}` } }),
  moveMessage: (db, [m, h]) => db.message.update({ where: { id: message(m) }, data: { chatId: chat(h) } }),
  renameMessage: (db, [m, i]) => db.message.update({ where: { id: message(m) }, data: { id: message(i) } }),
  draftMessage: (db, [m, d]) => db.message.update({ where: { id: message(m) }, data: { draftId: maybe(d, small(d)) } }),
  deleteMessages: (db, [h]) => db.message.deleteMany({ where: { chatId: chat(h) } }),
  nested: (db, [a, h, m]) =>
    db.account.update({
      where: { id: account(a) },
      data: {
        region: region(m),
        chats: {
          upsert: {
            where: { id: chat(h) },
            create: { id: chat(h), messages: { create: { id: message(m), body: "nested" } } },
            update: { messages: { deleteMany: {}, create: { id: message(m), body: "nested" } } },
          },
        },
      },
    }),
  label: (db, [m, l]) =>
    db.message.update({ where: { id: message(m) }, data: { labels: { connect: { id: label(l) } } } }),
  unlabel: (db, [m, l]) =>
    db.message.update({ where: { id: message(m) }, data: { labels: { disconnect: { id: label(l) } } } }),
  setLabels: (db, [m, k, l]) =>
    db.message.update({ where: { id: message(m) }, data: { labels: { set: [{ id: label(k) }, { id: label(l) }] } } }),
  nameLabel: (db, [l, n]) => db.label.update({ where: { id: label(l) }, data: { name: `${n}` } }),
  renumberLabel: (db, [l, k]) => db.label.update({ where: { id: label(l) }, data: { id: label(k) } }),
  deleteLabel: (db, [l]) => db.label.delete({ where: { id: label(l) } }),
  createTag: (db, [t, a, u]) =>
    db.tag.create({
      data: {
        id: tag(t),
        areaCode: small(a, 2),
        narrower: { connectOrCreate: { where: { id: tag(u) }, create: { id: tag(u), areaCode: small(a, 2) } } },
      },
    }),
  moveTag: (db, [t, a]) => db.tag.update({ where: { id: tag(t) }, data: { areaCode: small(a, 2) } }),
  renameTag: (db, [t, u]) => db.tag.update({ where: { id: tag(t) }, data: { id: tag(u) } }),
  broaden: (db, [t, u]) => db.tag.update({ where: { id: tag(t) }, data: { broader: { connect: { id: tag(u) } } } }),
  setNarrower: (db, [t, u, v]) =>
    db.tag.update({ where: { id: tag(t) }, data: { narrower: { set: [{ id: tag(u) }, { id: tag(v) }] } } }),
  deleteTag: (db, [t]) => db.tag.delete({ where: { id: tag(t) } }),
  createOwner: (db, [o]) => db.owner.create({ data: { name: owner(o) } }),
  renameOwner: (db, [o, p]) => db.owner.update({ where: { name: owner(o) }, data: { name: owner(p) } }),
  deleteOwner: (db, [o]) => db.owner.delete({ where: { name: owner(o) } }),
  createFolder: (db, [f, o, p]) =>
    db.folder.create({ data: { id: small(f), ownerName: maybe(o, owner(o)), parentId: maybe(p, small(p)) } }),
  moveFolder: (db, [f, p]) => db.folder.update({ where: { id: small(f) }, data: { parentId: maybe(p, small(p)) } }),
  giveFolder: (db, [f, o]) => db.folder.update({ where: { id: small(f) }, data: { ownerName: maybe(o, owner(o)) } }),
  giveFolders: (db, [o]) => db.folder.updateMany({ data: { ownerName: maybe(o, owner(o)) } }),
  renumberFolder: (db, [f, g]) => db.folder.update({ where: { id: small(f) }, data: { id: small(g) } }),
  deleteFolder: (db, [f]) => db.folder.delete({ where: { id: small(f) } }),
  createDraft: (db, [d, f]) => db.draft.create({ data: { id: small(d), text: "", folderId: maybe(f, small(f)) } }),
  moveDraft: (db, [d, f]) => db.draft.update({ where: { id: small(d) }, data: { folderId: maybe(f, small(f)) } }),
  deleteDraft: (db, [d]) => db.draft.delete({ where: { id: small(d) } }),
  createSheet: (db, [b, s, c]) =>
    db.sheet.create({
      data: {
        book: book(b),
        number: small(s, 2),
        colour: region(c),
        cells: { create: [0, 1].map((i) => ({ place: `${i}`, value: c / 3 })) },
      },
    }),
  colourSheets: (db, [b, c]) => db.sheet.updateMany({ where: { book: book(b) }, data: { colour: region(c) } }),
  renumberSheet: (db, [b, s, t]) =>
    db.sheet.updateMany({ where: { book: book(b), number: small(s, 2) }, data: { number: small(t, 2) } }),
  deleteSheet: (db, [b]) => db.sheet.deleteMany({ where: { book: book(b) } }),
  moveCell: (db, [b, c, s]) =>
    db.cell.updateMany({ where: { book: book(b), place: `${c % 2}` }, data: { number: small(s, 2) } }),
  deleteCells: (db, [b, c]) => db.cell.deleteMany({ where: { book: book(b), place: `${c % 2}` } }),
  rawMove: raw(`UPDATE "chats" SET "account_id" = ? WHERE "id" >= ?`, ([a, h]) => [account(a), chat(h)]),
  rawDelete: raw(`DELETE FROM "Account" WHERE "id" >= ?`, ([a]) => [account(a)]),
  rawUnlink: raw(`DELETE FROM "_LabelToMessage" WHERE "B" >= ?`, ([m]) => [message(m)]),
  rawRelink: raw(`UPDATE "_LabelToMessage" SET "B" = ? WHERE "B" = ?`, ([m, k]) => [message(m), message(k)]),
} satisfies Record<string, Run>;

/** What SQLite alone has: rows that are evicted by another one's write. */
export const replacements = {
  replaceAccount: raw(`INSERT OR REPLACE INTO "Account" ("id", "code", "region") VALUES (?, ?, ?)`, ([a, c, r]) => [
    account(a),
    account(c),
    r % 2 ? "north" : "the south",
  ]),
  updateOrReplaceAccount: raw(`UPDATE OR REPLACE "Account" SET "code" = ? WHERE "id" = ?`, ([c, a]) => [
    account(c),
    account(a),
  ]),
  replaceChat: raw(`INSERT OR REPLACE INTO "chats" ("id", "account_id", "topic") VALUES (?, ?, ?)`, ([h, a, t]) => [
    chat(h),
    account(a),
    topic(t),
  ]),
  updateOrReplaceChat: raw(
    `UPDATE OR REPLACE "chats" SET "topic" = ?, "account_id" = ? WHERE "id" = ?`,
    ([t, a, h]) => [topic(t), account(a), chat(h)],
  ),
  renameOrReplaceChat: raw(`UPDATE OR REPLACE "chats" SET "id" = ? WHERE "id" = ?`, ([h, i]) => [chat(h), chat(i)]),
  replaceFolder: raw(
    `INSERT OR REPLACE INTO "Folder" ("id", "owner_name", "parent_id") VALUES (?, ?, ?)`,
    ([f, o, p]) => [small(f), maybe(o, owner(o)), maybe(p, small(p))],
  ),
  // Its cells' foreign key does nothing: they stay, and go with the new sheet.
  replaceSheet: raw(`INSERT OR REPLACE INTO "Sheet" ("book", "number", "colour") VALUES (?, ?, ?)`, ([b, s, c]) => [
    book(b),
    small(s, 2),
    region(c),
  ]),
  replaceLabel: raw(`INSERT OR REPLACE INTO "Label" ("label_id", "name") VALUES (?, 'replaced')`, ([l]) => [label(l)]),
  replaceTag: raw(`UPDATE OR REPLACE "Tag" SET "id" = ? WHERE "id" = ?`, ([t, u]) => [tag(t), tag(u)]),
  replaceLink: raw(`UPDATE OR REPLACE "_hierarchy" SET "A" = ? WHERE "B" = ?`, ([t, u]) => [tag(t), tag(u)]),
} satisfies Record<string, Run>;

export const run = (db: unknown, kind: string, n: Operation["n"]): PromiseLike<unknown> => {
  const perform = ({ ...operations, ...replacements } as Record<string, Run>)[kind];
  return (perform as Run)(db as PrismaClient, n);
};

/** @param kinds the names of the operations to draw from */
export const operationOf = (kinds: readonly string[]): fc.Arbitrary<Operation> =>
  fc.record({
    kind: fc.constantFrom(...(kinds as Operation["kind"][])),
    around: fc.constantFrom("alone", "alone", "batch", "interactive", "rolled back"),
    n: fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40), fc.nat(40)),
  });
