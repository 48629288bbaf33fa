import fc from "fast-check";
import type { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { provider, sql } from "../databases/index.js";
import { raw } from "./raw.js";

/**
 * One random write, as plain data: it shrinks, and it prints as the script that failed. Ids come from small pools, so
 * that operations meet the same rows again and again; many fail (a unique value taken, a row not found), and what a
 * failed write leaves behind must be right as well.
 */
export interface Operation {
  readonly kind: keyof typeof operations;
  /** Which of the clients writes. */
  readonly by: "extended" | "plain";
  readonly around: "alone" | "batch" | "interactive" | "rolled back" | "savepoint";
  /** Indices into the pools; their meaning is the operation's. */
  readonly n: readonly [number, number, number, number];
  readonly text: string;
}

const pick = (letter: string, count: number) => (n: number) => `${letter}${n % count}`;
const account = pick("a", 3);
const contact = pick("c", 8);
const chat = pick("h", 5);
const message = pick("m", 12);
const status = (n: number) => (["draft", "sent", "delivered", "read"] as const)[n % 4]!;

/** What an operation needs of a client: any of ours, or a transaction of one. */
export type Writer = Pick<
  PrismaClient,
  "account" | "contact" | "chat" | "message" | "city" | "$executeRawUnsafe" | "$queryRawUnsafe"
>;
type Run = (db: Writer, n: Operation["n"], text: string) => PromiseLike<unknown>;

/** Every kind of write the Prisma client has, over the example's schema, and some that it has not. */
export const operations = {
  create: (db, [a, c], name) => db.contact.create({ data: { id: contact(c), accountId: account(a), name } }),
  createAccount: (db, [a, b], name) =>
    db.account.create({ data: { id: account(a), name, email: `${account(b)}@example.com` } }),
  createMany: (db, [m, h, s], body) =>
    db.message.createMany({
      data: [0, 1, 2].map((i) => ({
        id: message(m + i),
        chatId: chat(h),
        body,
        status: status(s),
        sentAt: new Date(1.7e12 + m * 1000),
      })),
    }),
  createManyAndReturn: (db, [c, p], name) =>
    db.city.createManyAndReturn({ data: [cityData(c, name, p), cityData(c + 1, name, p)] }),
  update: (db, [c, a, f], name) =>
    db.contact.update({ where: { id: contact(c) }, data: { name, favorite: f % 2 === 0, accountId: account(a) } }),
  updateOmitted: (db, [c], notes) => db.contact.update({ where: { id: contact(c) }, data: { notes } }),
  updateKey: (db, [c, d]) => db.contact.update({ where: { id: contact(c) }, data: { id: contact(d) } }),
  updateNull: (db, [c]) => db.contact.update({ where: { id: contact(c) }, data: { email: null, birthday: null } }),
  updateMany: (db, [a, h, s], body) =>
    db.message.updateMany({
      where: { chat: { accountId: account(a) } },
      data: { body, status: status(s), chatId: chat(h) },
    }),
  // Takes the messages along.
  updateParent: (db, [h, a]) => db.chat.updateMany({ where: { id: chat(h) }, data: { accountId: account(a) } }),
  updateManyAndReturn: (db, [a], title) =>
    db.chat.updateManyAndReturn({ where: { accountId: account(a) }, data: { title }, select: { id: true } }),
  increment: (db, [c, by]) =>
    db.city.updateMany({
      where: { cityId: { gte: c % 10 } },
      data: { population: { increment: by }, lat: { multiply: 1.1 } },
    }),
  upsert: (db, [a, c], name) =>
    db.contact.upsert({
      where: { id: contact(c) },
      create: { id: contact(c), accountId: account(a), name },
      update: { name },
    }),
  upsertEmulated: (db, [h, c], title) =>
    db.chat.upsert({
      where: { id: chat(h), contactId: contact(c) },
      create: { id: chat(h), title, account: { connectOrCreate: accountOrNew(0) } },
      update: { title, contact: { connect: { id: contact(c) } } },
    }),
  delete: (db, [c]) => db.contact.delete({ where: { id: contact(c) } }),
  deleteMany: (db, [a, s]) => db.message.deleteMany({ where: { chat: { accountId: account(a) }, status: status(s) } }),
  deleteChat: (db, [h]) => db.chat.delete({ where: { id: chat(h) } }),
  deleteAccount: (db, [a]) => db.account.delete({ where: { id: account(a) } }),
  nestedCreate: (db, [a, c, h, m], name) =>
    db.contact.create({
      data: {
        id: contact(c),
        name,
        account: { connectOrCreate: accountOrNew(a) },
        chats: {
          create: [
            {
              id: chat(h),
              title: name,
              accountId: account(a),
              messages: { createMany: { data: [{ id: message(m), body: name }] } },
            },
          ],
        },
      },
    }),
  nestedUpdate: (db, [c, h, m], name) =>
    db.contact.update({
      where: { id: contact(c) },
      data: {
        chats: {
          update: { where: { id: chat(h) }, data: { title: name, messages: { deleteMany: { id: message(m) } } } },
          updateMany: { where: { title: { contains: "a" } }, data: { title: `${name}!` } },
        },
      },
    }),
  nestedUpsert: (db, [c, h, a], name) =>
    db.contact.update({
      where: { id: contact(c) },
      data: {
        chats: {
          upsert: {
            where: { id: chat(h) },
            create: { id: chat(h), title: name, accountId: account(a) },
            update: { title: name },
          },
        },
      },
    }),
  nestedDelete: (db, [c, h]) =>
    db.contact.update({ where: { id: contact(c) }, data: { chats: { delete: { id: chat(h) } } } }),
  connect: (db, [c, h]) =>
    db.contact.update({ where: { id: contact(c) }, data: { chats: { connect: { id: chat(h) } } } }),
  disconnect: (db, [c, h]) =>
    db.contact.update({ where: { id: contact(c) }, data: { chats: { disconnect: { id: chat(h) } } } }),
  set: (db, [c, h, i]) =>
    db.contact.update({ where: { id: contact(c) }, data: { chats: { set: [{ id: chat(h) }, { id: chat(i) }] } } }),
  rawExecute: (db, [c], name) =>
    db.$executeRawUnsafe(sql(`UPDATE "Contact" SET "name" = ? WHERE "id" >= ?`), name, contact(c)),
  rawReturning: (db, [a, c], name) =>
    db.$queryRawUnsafe(
      sql(`INSERT INTO "Contact" ("id", "accountId", "name") VALUES (?, ?, ?) RETURNING "id"`),
      contact(c),
      account(a),
      name,
    ),
  rawReplace: (db, [a, c], name) => db.$executeRawUnsafe(sql(raw.replaceContact), contact(c), account(a), name),
  rawReplaceUnique: (db, [a, b], name) =>
    db.$executeRawUnsafe(sql(raw.replaceAccount), account(a), name, `${account(b)}@example.com`),
  rawTakeEmail: (db, [a, b]) => db.$executeRawUnsafe(sql(raw.takeEmail), `${account(b)}@example.com`, account(a)),
  rawUpsert: (db, [c, p], name) => db.$executeRawUnsafe(sql(raw.upsertCity), c % 12, name, p),
  rawJoined: (db, [a, b]) => db.$executeRawUnsafe(sql(raw.moveContacts), account(a), account(b)),
  rawDeleteAll: (db, [which]) => db.$executeRawUnsafe(sql(`${raw.deleteAll} "${which % 2 ? "City" : "Message"}"`)),
} satisfies Record<string, Run>;

function accountOrNew(n: number) {
  const id = account(n);
  return { where: { id }, create: { id, name: id, email: `${id}@example.com` } };
}

function cityData(n: number, name: string, population: number) {
  const place = { country: "CH", featureCode: "PPL", adminCode: "ZH", lat: n / 3, lon: -n / 7 };
  return { cityId: n % 12, name, altName: "", population, ...place };
}

/** Names that have broken encoders before: empty, emoji, combining marks, quotes, NUL-free control characters. */
const texts = fc.constantFrom(
  "Ada",
  "Grace",
  "",
  "😀 café",
  "e\u0301",
  "a\"b'c\\",
  "\t\n\u0001",
  "~/~0/~1",
  "x".repeat(300),
);

/** Prisma has none of these on MySQL. */
const lacking = provider === "mysql" ? ["createManyAndReturn", "updateManyAndReturn"] : [];
const kinds = (Object.keys(operations) as Operation["kind"][]).filter((kind) => !lacking.includes(kind));

export const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom(...kinds),
  by: fc.constantFrom("extended", "extended", "plain"),
  around: fc.constantFrom("alone", "alone", "batch", "interactive", "rolled back", "savepoint"),
  n: fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40), fc.nat(40)),
  text: texts,
});
