import type { PrismaClient } from "../../../prisma/generated/prisma/client.js";

/** Several accounts, told apart by a mark that is in every id and text of theirs: it must be in nobody else's answers. */
export const markOf = (account: string) => `qz${account}zq`;

export const accountIds = {
  ada: [markOf("ada")],
  bob: [markOf("bob")],
  /** Has no rows, not even the account's own. */
  empty: [markOf("none")],
  /** As many as one request may be granted: 249 in four collections, and the cities. */
  many: Array.from({ length: 249 }, (_, i) => markOf(`m${i}`)),
} as const;

const rowsAtOnce = 500;

async function inSlices<Row>(rows: readonly Row[], create: (rows: Row[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) await create(rows.slice(at, at + rowsAtOnce));
}

const list = <Row>(length: number, row: (i: number) => Row): Row[] => Array.from({ length }, (_, i) => row(i));

/** The same rows every time: about 12,000 at scale 1. */
export async function fill(prisma: PrismaClient, scale: number): Promise<void> {
  const long = "x".repeat(60_000);
  const cities = list(3_000 * scale, (cityId) => ({
    ...{ cityId, name: `City ${cityId}`, altName: "", country: "CH", featureCode: "PPL", adminCode: "0" },
    ...{ population: cityId * 7, lat: cityId / 77, lon: -cityId / 99 },
  }));
  await inSlices(cities, (data) => prisma.city.createMany({ data }));
  await account(prisma, markOf("ada"), { contacts: 4_000 * scale, chats: 50, messages: 2_000 * scale });
  await account(prisma, markOf("bob"), { contacts: 1_500 * scale, chats: 20, messages: 300 * scale });
  for (const id of accountIds.many) await account(prisma, id, { contacts: 4, chats: 1, messages: 1 });
  // Large rows: answers are cut by bytes before they are by rows.
  for (let i = 0; i < 50; i++) {
    const id = `${markOf("bob")}-long-${i}`;
    await prisma.contact.create({
      data: { id, accountId: markOf("bob"), name: markOf("bob") + long, createdAt: new Date(i) },
    });
  }
}

interface Sizes {
  readonly contacts: number;
  readonly chats: number;
  readonly messages: number;
}

async function account(prisma: PrismaClient, id: string, { contacts, chats, messages }: Sizes): Promise<void> {
  const mark = (kind: string) => (i: number) => `${id}-${kind}-${i}`;
  await prisma.account.create({ data: { id, name: id, email: `${id}@example.com` } });
  const contact = (i: number) => ({
    ...{ id: mark("contact")(i), accountId: id, name: `${id} ${i}`, notes: `secret-notes-${i}` },
    ...{ phone: i % 3 ? `+41 ${i}` : null, birthday: i % 5 ? new Date(i * 86_400_000) : null, createdAt: new Date(i) },
  });
  await inSlices(list(contacts, contact), (data) => prisma.contact.createMany({ data }));
  const chat = (i: number) => ({
    ...{ id: mark("chat")(i), accountId: id, contactId: mark("contact")(i), title: `${id} chat` },
  });
  await inSlices(list(chats, chat), (data) => prisma.chat.createMany({ data }));
  const message = (i: number) => ({
    ...{ id: mark("message")(i), chatId: mark("chat")(i % chats), body: `${id} says ${i}` },
    ...{ sentAt: new Date(i) },
  });
  await inSlices(list(messages, message), (data) => prisma.message.createMany({ data }));
}
