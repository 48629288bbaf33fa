import { type Device, sum } from "./device.js";
import { type Played, present, type Scene, type Stage } from "./stage.js";

// Writes of every kind, made by the app's own Prisma client on the server. Ids and dates are fixed, so that two runs
// send the same bytes.

const now = new Date("2026-07-01T12:00:00.000Z");

/** Brings the devices up to date; that something has changed, somebody told them. */
async function synced(what: string, devices: readonly Device[]): Promise<Played> {
  const costs = [];
  for (const device of devices) costs.push(await device.sync(true));
  return { what, cost: sum(costs), devices };
}

/** Contacts that no chat refers to: nothing else changes with them. */
async function lonelyContacts({ prisma, ada }: Stage, count: number) {
  return prisma.contact.findMany({
    where: { accountId: ada.account.id, chats: { none: {} } },
    orderBy: { id: "asc" },
    take: count,
  });
}

export const threeContacts: Scene = {
  name: "three contacts edited",
  async play(stage) {
    const { prisma, ada } = stage;
    const [first, second] = await lonelyContacts(stage, 2);
    const accountId = ada.account.id;
    await prisma.contact.create({
      data: { id: "6f1d7a52-6c5b-4d0e-9a35-0d3f1b1f7c01", accountId, name: "Grace Hopper", createdAt: now },
    });
    await prisma.contact.update({ where: { id: present(first, "contact").id }, data: { phone: "+441632960961" } });
    await prisma.contact.delete({ where: { id: present(second, "second contact").id } });
    return synced("created, updated, deleted", [ada]);
  },
};

export const nestedWrite: Scene = {
  name: "nested write",
  async play({ prisma, ada }) {
    const accountId = ada.account.id;
    const bodies = ["Hello, is this Hedy?", "It is! Who is there?", "Ada. I have an idea about frequencies."];
    await prisma.contact.create({
      data: {
        id: "6f1d7a52-6c5b-4d0e-9a35-0d3f1b1f7c02",
        accountId,
        name: "Hedy Lamarr",
        createdAt: now,
        chats: {
          create: {
            id: "6f1d7a52-6c5b-4d0e-9a35-0d3f1b1f7c03",
            accountId,
            title: "Hedy Lamarr",
            messages: {
              create: bodies.map((body, index) => ({
                id: `6f1d7a52-6c5b-4d0e-9a35-0d3f1b1f7c1${index}`,
                body,
                sentAt: new Date(now.getTime() + index * 60_000),
              })),
            },
          },
        },
      },
    });
    return synced("contact with chat and 3 messages", [ada]);
  },
};

export const updateMany: Scene = {
  name: "updateMany",
  async play({ prisma, ada }) {
    const { count } = await prisma.message.updateMany({
      where: { chat: { accountId: ada.account.id }, status: "delivered" },
      data: { status: "read" },
    });
    present(count || null, "message that was delivered");
    return synced(`${count} messages marked as read`, [ada]);
  },
};

export const rawSql: Scene = {
  name: "raw SQL",
  async play({ prisma, ada }) {
    const count = await prisma.$executeRaw`
      UPDATE "Contact" SET "favorite" = NOT "favorite" WHERE "accountId" = ${ada.account.id} AND "name" LIKE 'Ma%'`;
    present(count || null, "contact whose name begins with Ma");
    return synced(`favorite flipped of ${count} contacts`, [ada]);
  },
};

export const cascade: Scene = {
  name: "cascade",
  async play({ prisma, ada }) {
    const chat = await prisma.chat.findFirst({
      where: { accountId: ada.account.id, messages: { some: {} } },
      orderBy: { id: "asc" },
      include: { _count: { select: { messages: true } } },
    });
    const { id, _count } = present(chat, "chat with messages");
    await prisma.chat.delete({ where: { id } });
    return synced(`chat deleted, ${_count.messages} messages go with it`, [ada]);
  },
};

export const rollback: Scene = {
  name: "transaction rolled back",
  async play({ prisma, ada }) {
    const change = new Error("changed my mind");
    await prisma
      .$transaction(async (transaction) => {
        await transaction.contact.updateMany({ where: { accountId: ada.account.id }, data: { name: "Nobody" } });
        await transaction.message.deleteMany({ where: { chat: { accountId: ada.account.id } } });
        throw change;
      })
      .catch((error: unknown) => {
        if (error !== change) throw error;
      });
    const cost = await ada.sync(false);
    if (cost.rows > 0) throw new Error(`${cost.rows} rows of a transaction that was rolled back reached the device.`);
    return { what: "nothing to sync", cost };
  },
};

export const move: Scene = {
  name: "row moved to another account",
  async play(stage) {
    const { prisma, ada, bruno } = stage;
    // The other device's first sync; it is as long as the first step, and none of this one's figures.
    await bruno.sync(false);
    const { id } = present((await lonelyContacts(stage, 1))[0], "contact");
    await prisma.contact.update({ where: { id }, data: { accountId: bruno.account.id } });
    const played = await synced("gone here, there now", [ada, bruno]);
    const held = await Promise.all([ada, bruno].map(({ client }) => client.collection("Contact").get(id)));
    if (held[0] || !held[1]) throw new Error(`Contact ${id} did not leave one device and arrive at the other.`);
    return played;
  },
};
