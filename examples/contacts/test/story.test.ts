import { describe, expect, test } from "vitest";
import { accounts } from "../src/app/accounts.js";
import { DatabaseRows } from "../src/demo/database-rows.js";
import { Device } from "../src/demo/device.js";
import type { Stage } from "../src/demo/stage.js";
import { playScene, type Step, scenes } from "../src/demo/story.js";
import { Wire } from "../src/demo/wire.js";
import { small, startExample } from "./example.js";

/** Requests and bytes, counted by the device and by whoever carries its requests. */
async function playEverything(stage: Stage, wire: Wire): Promise<{ steps: Step[]; carried: Partial<Step>[] }> {
  const steps: Step[] = [];
  const carried: Partial<Step>[] = [];
  for (const scene of scenes) {
    const { requests, bytesUp, bytesDown } = wire;
    steps.push(await playScene(stage, scene));
    carried.push({
      name: scene.name,
      requests: wire.requests - requests,
      bytesUp: wire.bytesUp - bytesUp,
      bytesDown: wire.bytesDown - bytesDown,
    });
  }
  return { steps, carried };
}

describe("the story", () => {
  test("every step is equal, and costs what it says", async () => {
    const server = await startExample(small);
    const wire = new Wire();
    const [ada, bruno] = accounts;
    const stage: Stage = {
      prisma: server.prisma,
      ada: new Device(ada, server.url, wire.fetch),
      bruno: new Device(bruno, server.url, wire.fetch),
      database: new DatabaseRows(server.prisma),
      fetch: wire.fetch,
    };
    // Before the story: the move syncs this device as well, and only what comes after that is part of its figures.
    await stage.bruno.sync(false);
    const { steps, carried } = await playEverything(stage, wire);
    const step = (name: string) => steps.find((one) => one.name === name);

    expect(steps.filter(({ equal }) => equal === false)).toEqual([]);
    expect(steps.filter(({ equal }) => equal === null).map(({ name }) => name)).toEqual(["another account's data"]);

    // "row moved to another account" also carries the other device's request that finds nothing new.
    const reported = steps.map(({ name, requests, bytesUp, bytesDown }) => ({ name, requests, bytesUp, bytesDown }));
    const isMove = ({ name }: Partial<Step>) => name === "row moved to another account";
    expect(carried.filter((one) => !isMove(one))).toEqual(reported.filter((one) => !isMove(one)));

    // 1 account, 50 contacts, 8 chats, 400 messages, 500 cities.
    expect(step("first sync")).toMatchObject({ rows: 959, compared: 959 });
    expect(step("nothing changed")).toMatchObject({ requests: 1, rows: 0 });
    expect(step("nothing changed")?.bytesUp).toBeLessThanOrEqual(150);
    expect(step("nothing changed")?.bytesDown).toBeLessThanOrEqual(120);
    expect(step("three contacts edited")).toMatchObject({ requests: 1, rows: 3 });
    expect(step("three contacts edited")?.bytesUp).toBeLessThanOrEqual(700);
    expect(step("nested write")).toMatchObject({ requests: 1, rows: 5 });
    expect(step("updateMany")?.what).toBe(`${step("updateMany")?.rows} messages marked as read`);
    expect(step("raw SQL")?.what).toBe(`favorite flipped of ${step("raw SQL")?.rows} contacts`);
    expect(step("cascade")?.what).toBe(`chat deleted, ${Number(step("cascade")?.rows) - 1} messages go with it`);
    expect(step("transaction rolled back")).toMatchObject({ requests: 1, rows: 0 });
    expect(step("row moved to another account")).toMatchObject({ requests: 2, rows: 2 });
    expect(step("local copy corrupted")).toMatchObject({ requests: 1, rows: 2 });
    expect(step("another account's data")).toMatchObject({ rows: 0 });
  });

  test("a device that misses a change is not equal, and the step says which row", async () => {
    const server = await startExample({ ...small, cities: 0 });
    const [ada, bruno] = accounts;
    const stage: Stage = {
      prisma: server.prisma,
      ada: new Device(ada, server.url),
      bruno: new Device(bruno, server.url),
      database: new DatabaseRows(server.prisma),
      fetch,
    };
    await stage.ada.sync(false);
    const missed = await playScene(stage, {
      name: "missed",
      play: async ({ prisma, ada: { account } }) => {
        const { id } = await prisma.contact.findFirstOrThrow({ where: { accountId: account.id } });
        await prisma.contact.update({ where: { id }, data: { name: "Somebody else" } });
        return { what: id, cost: await Promise.resolve({ requests: 0, bytesUp: 0, bytesDown: 0, rows: 0, ms: 0 }) };
      },
    });
    expect(missed).toMatchObject({
      equal: false,
      difference: `Contact ${missed.what} has another "name" on the device`,
    });
  });
});
