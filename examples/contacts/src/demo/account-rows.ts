import { base, de, en, Faker, ja } from "@faker-js/faker";
import type { Prisma } from "../../../../prisma/generated/prisma/client.js";
import type { ExampleAccount } from "../app/accounts.js";
import { groupTitle, messageText } from "./talk.js";

/** Everything of one account, as Prisma's `createMany` would take it. */
export interface AccountRows {
  readonly Account: readonly Prisma.AccountCreateManyInput[];
  readonly Contact: readonly Prisma.ContactCreateManyInput[];
  readonly Chat: readonly Prisma.ChatCreateManyInput[];
  readonly Message: readonly Prisma.MessageCreateManyInput[];
}

/** The n-th account's names are those of the n-th locale, so that the data is not ASCII alone. */
const locales = [
  [en, base],
  [de, en, base],
  [ja, en, base],
];
/** The years the data is of; fixed, so that every run makes the same rows. */
const history = { from: "2021-01-01T00:00:00.000Z", to: "2026-06-30T00:00:00.000Z" };
const messagesInChat = 50;

/** The same rows on every machine and every day: ids, dates and texts come from a faker with a fixed seed. */
export function accountRows(
  { id: accountId, name, email }: ExampleAccount,
  index: number,
  size: { readonly contacts: number; readonly messages: number },
): AccountRows {
  const faker = new Faker({ locale: locales[index % locales.length] ?? [en, base], seed: 20_260_601 + index });
  const perhaps = <Value>(probability: number, make: () => Value) => faker.helpers.maybe(make, { probability }) ?? null;

  const contacts = faker.helpers.multiple(
    () => ({
      id: faker.string.uuid(),
      accountId,
      name: faker.person.fullName(),
      email: perhaps(0.8, () => faker.internet.email()),
      phone: perhaps(0.85, () => faker.phone.number({ style: "international" })),
      birthday: perhaps(0.4, () => midnight(faker.date.between({ from: "1935-01-01", to: "2015-12-31" }))),
      favorite: faker.datatype.boolean(0.05),
      notes: perhaps(0.03, () => `Met at ${faker.company.name()}`),
      createdAt: faker.date.between(history),
    }),
    { count: size.contacts },
  );
  // Most people one writes with are contacts; one chat in ten is a group.
  const chats = faker.helpers.multiple(
    () => {
      const contact = perhaps(0.9, () => faker.helpers.arrayElement(contacts));
      return {
        id: faker.string.uuid(),
        accountId,
        contactId: contact?.id ?? null,
        title: contact?.name ?? groupTitle(faker),
      };
    },
    { count: Math.ceil(size.messages / messagesInChat) },
  );
  const messages = faker.helpers.multiple(
    () => ({
      id: faker.string.uuid(),
      chatId: faker.helpers.arrayElement(chats).id,
      body: messageText(faker),
      sentAt: faker.date.between(history),
      status: faker.helpers.weightedArrayElement([
        { value: "read", weight: 96 } as const,
        { value: "sent", weight: 2 } as const,
        { value: "delivered", weight: 1 } as const,
        { value: "draft", weight: 1 } as const,
      ]),
    }),
    { count: size.messages },
  );
  return { Account: [{ id: accountId, name, email }], Contact: contacts, Chat: chats, Message: messages };
}

function midnight(date: Date): Date {
  return new Date(date.toISOString().slice(0, 10));
}
