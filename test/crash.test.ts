import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { digestSync } from "@digest-sync/prisma";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manifest } from "../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../prisma/generated/prisma/client.js";
import { emptyDatabase, type TestDatabase } from "./database.js";

describe("invariant 2: a crash at any point loses neither a write nor its pending change", () => {
  let database: TestDatabase;
  let prisma: ReturnType<typeof extended>;

  function extended(client: PrismaClient) {
    return client.$extends(digestSync(manifest, { delay: 1_000_000 }));
  }

  beforeEach(async () => {
    database = await emptyDatabase("schema");
    prisma = extended(database.closing(new PrismaClient({ adapter: database.adapter() })));
    await prisma.$digests.install();
    await prisma.account.createMany({
      data: Array.from({ length: 2_500 }, (_, i) => ({ id: `a${i}`, name: "whole", email: `a${i}@example.com` })),
    });
  });
  afterEach(() => database.remove());

  const start = (script: string, ...rest: string[]) =>
    fork(new URL(`./processes/${script}`, import.meta.url), [database.path, ...rest], { execArgv: [] });

  async function kill(child: ChildProcess): Promise<void> {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  test.each([1, 2, 3, 4, 6, 9])("a settler that dies before statement %i of its batches", async (statement) => {
    const settler = start("settle.js", JSON.stringify(manifest), String(statement));
    expect(await once(settler, "exit")).toEqual([null, "SIGKILL"]);
    expect(await prisma.$digests.audit()).toMatchObject({ ok: true, rows: 2_500, unencodable: [] });
  });

  test("a writer that is killed before its commit", async () => {
    await prisma.$digests.settle();
    const before = await prisma.$digests.root({ id: "a1", accountId: [] });
    const writer = start("write.js");
    await once(writer, "message");
    await kill(writer);
    expect(await prisma.account.count({ where: { name: "whole" } })).toBe(2_500);
    expect(await prisma.$queryRawUnsafe(`SELECT * FROM "_digest_pending"`)).toEqual([]);
    expect(await prisma.$digests.root({ id: "a1", accountId: [] })).toEqual(before);
    expect((await prisma.$digests.audit()).ok).toBe(true);
  });
});
