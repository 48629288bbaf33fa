import { describe, expect, test } from "vitest";
import { createDatabase } from "../../../prisma/create-database.js";
import { accounts } from "../src/app/accounts.js";
import { startServer } from "../src/server.js";
import { startExample, temporaryFolder } from "./example.js";

const [ada, bruno] = accounts;
const tiny = { accounts: 2, contacts: 5, messages: 10, cities: 0 };

function callerOf(url: string, token: string | undefined) {
  return async (method: string, path: string, body?: unknown) => {
    const headers = {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  };
}

describe("the app", () => {
  test("serves an account its own contacts and chats, and writes them", async () => {
    const { url, prisma } = await startExample(tiny);
    const asAda = callerOf(url, ada.token);

    const list = await asAda("GET", "/contacts?take=3");
    expect(list.body).toHaveLength(3);
    const created = await asAda("POST", "/contacts", { name: "Mary Jackson", accountId: bruno.id, notes: "x" });
    expect(created).toMatchObject({ status: 201, body: { name: "Mary Jackson", accountId: ada.id } });
    expect(created.body).not.toHaveProperty("notes");
    const { id } = created.body;
    expect(await prisma.contact.findUnique({ where: { id } })).toMatchObject({ accountId: ada.id, notes: null });

    expect((await asAda("GET", "/contacts?search=Mary")).body).toEqual([created.body]);
    const changed = await asAda("PATCH", `/contacts/${id}`, { phone: "+441632960961", favorite: true });
    expect(changed.body).toEqual({ ...created.body, phone: "+441632960961", favorite: true });
    expect((await asAda("GET", `/contacts/${id}`)).body).toEqual(changed.body);
    expect((await asAda("DELETE", `/contacts/${id}`)).status).toBe(204);
    expect((await asAda("GET", `/contacts/${id}`)).status).toBe(404);

    const chat = await prisma.chat.findFirstOrThrow({ where: { accountId: ada.id } });
    const sent = await asAda("POST", `/chats/${chat.id}/messages`, { body: "Hello" });
    expect(sent).toMatchObject({ status: 201, body: { chatId: chat.id, body: "Hello" } });
    const messages = (await asAda("GET", `/chats/${chat.id}/messages`)).body;
    expect(messages[0]).toEqual(sent.body);
    expect(messages).toHaveLength(11);
  });

  test("answers 404 for what is another account's, and leaves it as it was", async () => {
    const { url, prisma } = await startExample(tiny);
    const asBruno = callerOf(url, bruno.token);
    const contact = await prisma.contact.findFirstOrThrow({ where: { accountId: ada.id } });
    const chat = await prisma.chat.findFirstOrThrow({ where: { accountId: ada.id } });
    const attempts = [
      await asBruno("GET", `/contacts/${contact.id}`),
      await asBruno("PATCH", `/contacts/${contact.id}`, { name: "Mine" }),
      await asBruno("DELETE", `/contacts/${contact.id}`),
      await asBruno("GET", `/chats/${chat.id}/messages`),
      await asBruno("POST", `/chats/${chat.id}/messages`, { body: "Hello" }),
    ];
    expect(attempts.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(await prisma.contact.findUnique({ where: { id: contact.id } })).toEqual(contact);
    expect(await prisma.message.count({ where: { chatId: chat.id } })).toBe(10);
  });

  test.each([
    ["no token", undefined],
    ["a wrong token", `${ada.token}x`],
    ["an account in place of a token", ada.id],
  ])("answers 401 to %s, on its own routes and on those of the sync", async (_, token) => {
    const { url } = await startExample({ ...tiny, contacts: 1, messages: 1 });
    const call = callerOf(url, token);
    const routes = [
      ["GET", "/contacts"],
      ["POST", "/contacts"],
      ["GET", "/chats/1/messages"],
      ["GET", "/sync/manifest"],
      ["POST", "/sync/verify"],
      ["POST", "/sync/pull"],
    ] as const;
    for (const [method, path] of routes) expect((await call(method, path)).status, path).toBe(401);
  });

  test("answers 400 to a contact without a name", async () => {
    const { url } = await startExample({ ...tiny, contacts: 1, messages: 1 });
    const asAda = callerOf(url, ada.token);
    for (const body of [{}, { name: "" }, { name: 7 }, { name: "Ada", email: [] }]) {
      expect((await asAda("POST", "/contacts", body)).status, JSON.stringify(body)).toBe(400);
    }
  });
});

describe("starting", () => {
  test("fails when the port is taken", async () => {
    const { url } = await startExample({ ...tiny, contacts: 1, messages: 1 });
    const database = process.env.DATABASE_URL as string;
    await expect(startServer(database, Number(new URL(url).port))).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("fails on a database in which nothing was installed, and says what to do", async () => {
    const database = `file:${temporaryFolder()}/contacts.db`;
    await createDatabase(new URL("../../../prisma/schema.prisma", import.meta.url), database);
    await expect(startServer(database)).rejects.toThrow("digest-sync install");
  });
});
