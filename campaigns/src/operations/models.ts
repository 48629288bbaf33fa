import { account, chat, contact, email, emoji, message, moment, small, status, tag } from "./pools.js";
import type { Write } from "./writer.js";

/** Prisma's operations on one model, nothing nested. */
export const modelWrites = {
  "account.create": (db, [a, b], name) => db.account.create({ data: { id: account(a), name, email: email(b) } }),
  "account.upsert": (db, [a, b], name) =>
    db.account.upsert({
      where: { id: account(a) },
      create: { id: account(a), name, email: email(b) },
      update: { email: email(b) },
    }),
  "account.delete": (db, [a]) => db.account.delete({ where: { id: account(a) } }),
  "account.key": (db, [a, b]) => db.account.update({ where: { id: account(a) }, data: { id: account(b) } }),
  "account.owner": (db, [a, c]) => db.account.update({ where: { id: account(a) }, data: { ownerId: contact(c) } }),

  "contact.create": (db, [a, c, r], name) =>
    db.contact.create({ data: { id: contact(c), accountId: account(a), name, balance: `${r}.50`, seenAt: moment(r) } }),
  "contact.createMany": (db, [a, c, r], name) =>
    db.contact.createMany({
      data: [0, 1, 2].map((i) => ({ id: contact(c + i), accountId: account(a + (r % 2) * i), name, rank: i })),
    }),
  "contact.update": (db, [c, r], name) =>
    db.contact.update({ where: { id: contact(c) }, data: { name, rank: { increment: r }, balance: { divide: 2 } } }),
  "contact.same": (db, [c]) => db.contact.update({ where: { id: contact(c) }, data: { name: "same" } }),
  "contact.omitted": (db, [c], secret) => db.contact.update({ where: { id: contact(c) }, data: { secret } }),
  "contact.null": (db, [c]) =>
    db.contact.update({ where: { id: contact(c) }, data: { seenAt: null, referrerId: null } }),
  "contact.scope": (db, [c, a]) => db.contact.update({ where: { id: contact(c) }, data: { accountId: account(a) } }),
  "contact.key": (db, [c, d]) => db.contact.update({ where: { id: contact(c) }, data: { id: contact(d) } }),
  "contact.referrer": (db, [c, d]) =>
    db.contact.update({ where: { id: contact(c) }, data: { referrerId: contact(d) } }),
  "contact.updateMany": (db, [a, r], name) =>
    db.contact.updateMany({ where: { accountId: account(a), rank: { lt: r } }, data: { name, seenAt: moment(r) } }),
  "contact.upsert": (db, [a, c], name) =>
    db.contact.upsert({
      where: { id: contact(c) },
      create: { id: contact(c), accountId: account(a), name },
      update: { name, accountId: account(a) },
    }),
  "contact.delete": (db, [c]) => db.contact.delete({ where: { id: contact(c) } }),
  "contact.deleteMany": (db, [a, r]) => db.contact.deleteMany({ where: { accountId: account(a), rank: { gt: r } } }),

  "chat.create": (db, [a, h, c], title) =>
    db.chat.create({
      data: { id: chat(h), accountId: account(a), contactId: c % 3 === 0 ? null : contact(c), title },
    }),
  "chat.update": (db, [h], title) => db.chat.update({ where: { id: chat(h) }, data: { title } }),
  "chat.scope": (db, [h, a]) => db.chat.update({ where: { id: chat(h) }, data: { accountId: account(a) } }),
  "chat.scopes": (db, [a, b]) =>
    db.chat.updateMany({ where: { accountId: account(a) }, data: { accountId: account(b) } }),
  "chat.key": (db, [h, i]) => db.chat.update({ where: { id: chat(h) }, data: { id: chat(i) } }),
  "chat.delete": (db, [h]) => db.chat.delete({ where: { id: chat(h) } }),

  "message.create": (db, [h, m, s, r], body) =>
    db.message.create({
      data: {
        ...{ id: message(m), chatId: chat(h), body, status: status(s), sentAt: moment(s) },
        replyToId: r % 2 === 0 ? null : message(r),
      },
    }),
  "message.createMany": (db, [h, m, s], body) =>
    db.message.createMany({
      data: [0, 1, 2, 3].map((i) => ({ id: message(m + i), chatId: chat(h + (i % 2)), body, sentAt: moment(s) })),
    }),
  "message.update": (db, [m, s], body) =>
    db.message.update({ where: { id: message(m) }, data: { body, status: status(s) } }),
  "message.parent": (db, [m, h]) => db.message.update({ where: { id: message(m) }, data: { chatId: chat(h) } }),
  "message.parents": (db, [h, i]) =>
    db.message.updateMany({ where: { chatId: chat(h) }, data: { chatId: chat(i), body: "moved" } }),
  "message.key": (db, [m, o]) => db.message.update({ where: { id: message(m) }, data: { id: message(o) } }),
  "message.reply": (db, [m, o]) => db.message.update({ where: { id: message(m) }, data: { replyToId: message(o) } }),
  "message.delete": (db, [m]) => db.message.delete({ where: { id: message(m) } }),
  "message.deleteMany": (db, [h, s]) => db.message.deleteMany({ where: { chatId: chat(h), status: status(s) } }),

  "reaction.upsert": (db, [m, e, count]) => {
    const row = { messageId: message(m), emoji: emoji(e) };
    return db.reaction.upsert({
      where: { messageId_emoji: row },
      create: { ...row, count },
      update: { count: { increment: 1 } },
    });
  },
  "reaction.key": (db, [m, e, o, f]) =>
    db.reaction.updateMany({
      where: { messageId: message(m), emoji: emoji(e) },
      data: { messageId: message(o), emoji: emoji(f) },
    }),
  "reaction.delete": (db, [m, e]) =>
    db.reaction.delete({ where: { messageId_emoji: { messageId: message(m), emoji: emoji(e) } } }),

  "note.upsert": (db, [i, c, d], text) =>
    db.note.upsert({
      where: { id: small(i) },
      create: { id: small(i), text, contactId: c % 2 === 0 ? null : contact(c), data: { d, list: [text, null] } },
      update: { text, data: [d / 4] },
    }),
  "note.parent": (db, [i, c]) => db.note.update({ where: { id: small(i) }, data: { contactId: contact(c) } }),
  "note.orphan": (db, [c]) => db.note.updateMany({ where: { contactId: contact(c) }, data: { contactId: null } }),
  "note.deleteMany": (db, [i]) => db.note.deleteMany({ where: { id: { gt: small(i) } } }),

  "tag.upsert": (db, [t], color) =>
    db.tag.upsert({ where: { name: tag(t) }, create: { name: tag(t), color }, update: { color } }),
  "tag.key": (db, [t, u]) => db.tag.update({ where: { name: tag(t) }, data: { name: tag(u) } }),
  "tag.delete": (db, [t]) => db.tag.delete({ where: { name: tag(t) } }),

  "folder.create": (db, [i, a, p], name) =>
    db.folder.create({
      data: {
        id: small(i),
        accountId: account(a),
        name,
        parentId: p % 2 === 0 ? null : small(p),
        archived: p % 5 === 0,
      },
    }),
  "folder.filter": (db, [i, p]) =>
    db.folder.updateMany({ where: { id: { gte: small(i) } }, data: { archived: p % 2 === 0 } }),
  "folder.move": (db, [i, p, a]) =>
    db.folder.update({ where: { id: small(i) }, data: { parentId: small(p), accountId: account(a) } }),
  "folder.delete": (db, [i]) => db.folder.delete({ where: { id: small(i) } }),

  "city.createMany": (db, [c, p], name) =>
    db.city.createMany({
      data: [0, 1, 2].map((i) => ({ cityId: small(c + i), name, population: BigInt(p) * 10n ** 16n, lat: -p / 3 })),
    }),
  "city.increment": (db, [c, p]) =>
    db.city.updateMany({
      where: { cityId: { gte: small(c) } },
      data: { population: { increment: p }, lat: { multiply: 1.1 } },
    }),
  "city.deleteMany": (db, [c]) => db.city.deleteMany({ where: { cityId: { lt: small(c) } } }),
} satisfies Record<string, Write>;

/** Operations that MySQL has not. */
export const returningWrites = {
  "contact.createManyAndReturn": (db, [c, a], name) =>
    db.contact.createManyAndReturn({ data: [{ id: contact(c), accountId: account(a), name }], select: { name: true } }),
  "chat.updateManyAndReturn": (db, [a], title) =>
    db.chat.updateManyAndReturn({ where: { accountId: account(a) }, data: { title }, select: { id: true } }),
} satisfies Record<string, Write>;
