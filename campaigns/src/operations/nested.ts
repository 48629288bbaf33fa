import { account, chat, contact, email, message, moment, status, tag } from "./pools.js";
import type { Numbers, Write } from "./writer.js";

const newAccount = (n: number) => ({ id: account(n), name: "nested", email: email(n) });
const newContact = (n: number, a: number) => ({ id: contact(n), name: "nested", accountId: account(a) });
const newChat = (n: number, a: number, title: string) => ({ id: chat(n), title, accountId: account(a) });
const newMessage = (n: number, body: string) => ({ id: message(n), body, sentAt: moment(n) });

/** Everything Prisma can do to the rows behind a list, of a contact that exists. */
const chatsOfContact = {
  create: ([, h, a], title) => ({ create: [newChat(h, a, title), newChat(h + 1, a, title)] }),
  createMany: ([, h, a], title) => ({ createMany: { data: [newChat(h, a, title)] } }),
  connect: ([, h, i]) => ({ connect: [{ id: chat(h) }, { id: chat(i) }] }),
  connectOrCreate: ([, h, a], title) => ({
    connectOrCreate: { where: { id: chat(h) }, create: newChat(h, a, title) },
  }),
  disconnect: ([, h]) => ({ disconnect: { id: chat(h) } }),
  set: ([, h, i]) => ({ set: [{ id: chat(h) }, { id: chat(i) }] }),
  update: ([, h, m, a], title) => ({
    update: {
      where: { id: chat(h) },
      data: { title, account: { connect: { id: account(a) } }, messages: { deleteMany: { id: message(m) } } },
    },
  }),
  updateMany: ([, a], title) => ({ updateMany: { where: { accountId: account(a) }, data: { title } } }),
  upsert: ([, h, a], title) => ({
    upsert: { where: { id: chat(h) }, create: newChat(h, a, title), update: { title, accountId: account(a) } },
  }),
  delete: ([, h]) => ({ delete: { id: chat(h) } }),
  deleteMany: ([, a]) => ({ deleteMany: { accountId: account(a) } }),
} satisfies Record<string, (n: Numbers, text: string) => object>;

/** The same of a many-to-many relation. */
const tagsOfChat = {
  create: ([, t], color) => ({ create: { name: tag(t), color } }),
  connect: ([, t, u]) => ({ connect: [{ name: tag(t) }, { name: tag(u) }] }),
  connectOrCreate: ([, t], color) => ({
    connectOrCreate: { where: { name: tag(t) }, create: { name: tag(t), color } },
  }),
  disconnect: ([, t]) => ({ disconnect: { name: tag(t) } }),
  set: ([, t, u]) => ({ set: [{ name: tag(t) }, { name: tag(u) }] }),
  update: ([, t, u], color) => ({ update: { where: { name: tag(t) }, data: { color, name: tag(u) } } }),
  updateMany: ([, t], color) => ({ updateMany: { where: { name: { gte: tag(t) } }, data: { color } } }),
  upsert: ([, t], color) => ({
    upsert: { where: { name: tag(t) }, create: { name: tag(t), color }, update: { color } },
  }),
  delete: ([, t]) => ({ delete: { name: tag(t) } }),
  deleteMany: ([, t]) => ({ deleteMany: { name: tag(t) } }),
} satisfies Record<string, (n: Numbers, text: string) => object>;

/** Of a relation to one row, that may be none. */
const contactOfChat = {
  create: ([, c, a]) => ({ create: newContact(c, a) }),
  connect: ([, c]) => ({ connect: { id: contact(c) } }),
  connectOrCreate: ([, c, a]) => ({ connectOrCreate: { where: { id: contact(c) }, create: newContact(c, a) } }),
  disconnect: () => ({ disconnect: true }),
  update: ([, a], name) => ({ update: { name, account: { connect: { id: account(a) } } } }),
  upsert: ([, c, a], name) => ({ upsert: { create: newContact(c, a), update: { name } } }),
  delete: () => ({ delete: true }),
} satisfies Record<string, (n: Numbers, text: string) => object>;

type Parts = Readonly<Record<string, (n: Numbers, text: string) => object>>;

function eachOf(
  name: string,
  parts: Parts,
  write: (db: Parameters<Write>[0], n: Numbers, nested: object) => ReturnType<Write>,
) {
  return Object.fromEntries(
    Object.entries(parts).map(([verb, part]): [string, Write] => [
      `${name}.${verb}`,
      (db, n, text) => write(db, n, part(n, text)),
    ]),
  );
}

/** Writes to several tables in one call. */
export const nestedWrites: Readonly<Record<string, Write>> = {
  ...eachOf("contact.chats", chatsOfContact, (db, [c], chats) =>
    db.contact.update({ where: { id: contact(c) }, data: { chats } }),
  ),
  ...eachOf("chat.tags", tagsOfChat, (db, [h], tags) => db.chat.update({ where: { id: chat(h) }, data: { tags } })),
  ...eachOf("chat.contact", contactOfChat, (db, [h], one) =>
    db.chat.update({ where: { id: chat(h) }, data: { contact: one } }),
  ),
  "contact.deep": (db, [a, c, h, m], name) =>
    db.contact.create({
      data: {
        ...{ id: contact(c), name },
        account: { connectOrCreate: { where: { id: account(a) }, create: newAccount(a) } },
        chats: {
          create: {
            ...newChat(h, a, name),
            messages: { createMany: { data: [newMessage(m, name), newMessage(m + 1, name)] } },
            tags: { connectOrCreate: { where: { name: tag(m) }, create: { name: tag(m), color: name } } },
          },
        },
      },
    }),
  "message.deep": (db, [m, h, a, s], body) =>
    db.message.update({
      where: { id: message(m) },
      data: {
        ...{ body, status: status(s) },
        chat: { update: { title: body, account: { connect: { id: account(a) } } } },
        reactions: { upsert: reactionUpsert(m, h) },
      },
    }),
};

function reactionUpsert(m: number, count: number) {
  const emoji = "+1";
  return {
    where: { messageId_emoji: { messageId: message(m), emoji } },
    create: { emoji, count },
    update: { count: { increment: count } },
  };
}
