import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { can } from "../databases/index.js";
import { world as relations } from "../relations/world.js";
import { extended, PrismaClient, world } from "./world.js";

interface Open {
  readonly database: { readonly connection: { readonly url: string } };
}

/** Connections beside every client: what is open in one is not seen in another. */
async function connections({ database }: Open) {
  const clients = await Promise.all(
    [1, 2, 3].map(async () => {
      const client = new pg.Client({ connectionString: database.connection.url });
      await client.connect();
      return client;
    }),
  );
  const [first, second, watcher] = clients as [pg.Client, pg.Client, pg.Client];
  return {
    first,
    second,
    /** Until a statement waits for another transaction, or is over. */
    async waits(statement: Promise<unknown>): Promise<boolean> {
      let over = false;
      const end = () => {
        over = true;
      };
      statement.then(end, end);
      for (;;) {
        if (over) return false;
        const { rows } = await watcher.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        if (rows.length > 0) return true;
      }
    },
    async end() {
      for (const client of clients) await client.end();
    },
  };
}

describe.runIf(can.severalConnections)("transactions beside each other", () => {
  test("a chat moves while a message comes in: it waits, and takes the message along", async () => {
    const here = await world();
    const { first, second, waits, end } = await connections(here);
    await here.plain.chat.create({ data: { id: "h1", accountId: "a1", title: "t" } });
    await first.query("BEGIN");
    await first.query(`INSERT INTO "Message" ("id", "chatId", "body") VALUES ('m1', 'h1', 'b')`);
    await second.query("BEGIN");
    const move = second.query(`UPDATE "Chat" SET "accountId" = 'a2' WHERE "id" = 'h1'`);
    expect(await waits(move)).toBe(true);
    await first.query("COMMIT");
    await move;
    // The message is digested where it is, before the move is visible.
    await here.prisma.$digests.settle();
    await second.query("COMMIT");
    await here.audit();
    await end();
    await here.end();
  });

  test("a message comes in while its chat moves: it waits, and goes where the chat has gone", async () => {
    const here = await world();
    const { first, second, waits, end } = await connections(here);
    await here.plain.chat.create({ data: { id: "h1", accountId: "a1", title: "t" } });
    await first.query("BEGIN");
    await first.query(`UPDATE "Chat" SET "accountId" = 'a2' WHERE "id" = 'h1'`);
    const insert = second.query(`INSERT INTO "Message" ("id", "chatId", "body") VALUES ('m1', 'h1', 'b')`);
    expect(await waits(insert)).toBe(true);
    await first.query("COMMIT");
    await insert;
    await here.audit();
    await end();
    await here.end();
  });

  test.each([
    ["is deleted", `DELETE FROM "Message" WHERE "id" = 'm1'`],
    ["leaves for another chat", `UPDATE "Message" SET "chatId" = 'h2' WHERE "id" = 'm1'`],
  ])("a message %s while its chat moves: the later of the two waits", async (_, leave) => {
    const here = await world();
    const { first, second, waits, end } = await connections(here);
    const move = `UPDATE "Chat" SET "accountId" = 'a2' WHERE "id" = 'h1'`;
    for (const [former, latter] of [
      [leave, move],
      [move, leave],
    ] as const) {
      await here.plain.chat.deleteMany();
      for (const id of ["h1", "h2"]) await here.plain.chat.create({ data: { id, accountId: "a1", title: "t" } });
      await here.run(`INSERT INTO "Message" ("id", "chatId", "body") VALUES ('m1', 'h1', 'b')`);
      await here.prisma.$digests.settle();
      await first.query("BEGIN");
      await first.query(former);
      await second.query("BEGIN");
      const waiting = second.query(latter);
      expect(await waits(waiting)).toBe(true);
      await first.query("COMMIT");
      await waiting;
      await here.prisma.$digests.settle();
      await second.query("COMMIT");
      await here.audit();
    }
    await end();
    await here.end();
  });

  test("a message is deleted while its chat is: only the chat's transaction waits", async () => {
    const here = await world();
    const { first, second, waits, end } = await connections(here);
    await here.plain.chat.create({ data: { id: "h1", accountId: "a1", title: "t" } });
    await here.run(`INSERT INTO "Message" ("id", "chatId", "body") VALUES ('m1', 'h1', 'b'), ('m2', 'h1', 'b')`);
    await here.prisma.$digests.settle();
    await first.query("BEGIN");
    await first.query(`DELETE FROM "Message" WHERE "id" = 'm1'`);
    await second.query("BEGIN");
    const chat = second.query(`DELETE FROM "Chat" WHERE "id" = 'h1'`);
    expect(await waits(chat)).toBe(true);
    // The chat is locked by now: waiting for it would be a deadlock.
    await first.query(`DELETE FROM "Message" WHERE "id" = 'm2'`);
    await first.query("COMMIT");
    await chat;
    await here.prisma.$digests.settle();
    await second.query("COMMIT");
    await here.audit();
    await end();
    await here.end();
  });

  test("a message changes in place while its chat moves: nobody waits", async () => {
    const here = await world();
    const { first, second, end } = await connections(here);
    await here.plain.chat.create({ data: { id: "h1", accountId: "a1", title: "t" } });
    await here.run(`INSERT INTO "Message" ("id", "chatId", "body") VALUES ('m1', 'h1', 'b')`);
    await first.query("BEGIN");
    await first.query(`UPDATE "Message" SET "body" = 'new' WHERE "id" = 'm1'`);
    await second.query(`UPDATE "Chat" SET "accountId" = 'a2' WHERE "id" = 'h1'`);
    await here.prisma.$digests.settle();
    await first.query("COMMIT");
    await here.audit();
    await end();
    await here.end();
  });

  test.each(["REPEATABLE READ", "SERIALIZABLE"])(
    "a message is deleted in a %s transaction that does not see that its chat has moved",
    async (level) => {
      const here = await world();
      const { first, second, end } = await connections(here);
      await here.plain.chat.create({ data: { id: "h1", accountId: "a1", title: "t" } });
      await here.run(`INSERT INTO "Message" ("id", "chatId", "body") VALUES ('m1', 'h1', 'b')`);
      await here.prisma.$digests.settle();
      await first.query(`BEGIN ISOLATION LEVEL ${level}`);
      await first.query(`SELECT * FROM "Chat"`);
      await second.query(`UPDATE "Chat" SET "accountId" = 'a2' WHERE "id" = 'h1'`);
      await here.prisma.$digests.settle();
      await first.query(`DELETE FROM "Message" WHERE "id" = 'm1'`);
      await first.query("COMMIT");
      await here.audit();
      await end();
      await here.end();
    },
  );

  test.each(["REPEATABLE READ", "SERIALIZABLE"])(
    "a chat moves in a %s transaction that does not see its new message",
    async (level) => {
      const here = await world();
      const { first, second, end } = await connections(here);
      await here.plain.chat.create({ data: { id: "h1", accountId: "a1", title: "t" } });
      await first.query(`BEGIN ISOLATION LEVEL ${level}`);
      await first.query(`SELECT * FROM "Message"`);
      await second.query(`INSERT INTO "Message" ("id", "chatId", "body") VALUES ('m1', 'h1', 'b')`);
      await first.query(`UPDATE "Chat" SET "accountId" = 'a2' WHERE "id" = 'h1'`);
      await here.prisma.$digests.settle();
      await first.query("COMMIT");
      await here.audit();
      await end();
      await here.end();
    },
  );

  test.each([
    ["changes its region", `UPDATE "Account" SET "region" = 'the south' WHERE "id" = 'one'`],
    ["is deleted", `DELETE FROM "Account" WHERE "id" = 'one'`],
  ])("two hops: an account %s while a message comes in", async (_, statement) => {
    const here = await relations();
    const { first, second, waits, end } = await connections(here);
    await first.query(`INSERT INTO "Account" ("id", "code", "region") VALUES ('one', 'one', 'north')`);
    await first.query(`INSERT INTO "chats" ("id", "account_id") VALUES ('h1', 'one')`);
    await here.prisma.$digests.settle();
    await first.query("BEGIN");
    await first.query(`INSERT INTO "Message" ("id", "chat_id", "body") VALUES ('m1', 'h1', 'b')`);
    await second.query("BEGIN");
    const change = second.query(statement);
    expect(await waits(change)).toBe(true);
    await first.query("COMMIT");
    await change;
    await here.prisma.$digests.settle();
    await second.query("COMMIT");
    await here.look();
    await end();
    await here.end();
  });

  test("four settlers of the same scopes beside three writers: no deadlock, and exact in the end", async () => {
    const here = await world();
    const ids = Array.from({ length: 200 }, (_, i) => `c${i}`);
    await here.contacts(ids);
    const clients = Array.from({ length: 4 }, () => {
      const adapter = new PrismaPg({ connectionString: here.database.connection.url, max: 2 });
      return here.database.closing(new PrismaClient({ adapter }));
    });
    const settlers = clients.map(extended);
    let writing = true;
    const settling = settlers.map(async ({ $digests }) => {
      while (writing) await $digests.settle();
    });
    const writers = [0, 1, 2].map(async (n) => {
      for (let i = 0; i < 60; i++) {
        const id = ids[(n * 67 + i * 7) % ids.length] as string;
        const accountId = i % 2 === 0 ? "a1" : "a2";
        if (i % 3 === 0) await here.plain.contact.updateMany({ where: { id }, data: { name: `${i}`, accountId } });
        else if (i % 3 === 1) await here.plain.contact.deleteMany({ where: { id } });
        else
          await here.plain.contact.upsert({
            where: { id },
            create: { id, accountId, name: "n" },
            update: { accountId },
          });
      }
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(settling);
    await here.audit();
    const [deadlocks] = await here.run(
      `SELECT "deadlocks"::int AS "count" FROM pg_stat_database WHERE datname = current_database()`,
    );
    expect(deadlocks).toEqual({ count: 0 });
    await here.end();
  });
});
