import { digestSync } from "@digest-sync/prisma";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { expect, test, vi } from "vitest";
import { can } from "../databases/index.js";
import { servers } from "../databases/servers.js";
import { manifest, PrismaClient, world } from "./world.js";

test.runIf(can.severalConnections)(
  "a database that goes away: pending changes stay, the settler says so once, and goes on when it is back",
  async () => {
    const here = await world();
    const [{ name }] = (await here.run(`SELECT current_database()::text AS "name"`)) as [{ name: string }];
    const server = new pg.Client({ connectionString: servers.postgresql.url });
    await server.connect();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const adapter = new PrismaPg(
      { connectionString: here.database.connection.url, max: 2 },
      { onPoolError: () => undefined },
    );
    const plain = here.database.closing(new PrismaClient({ adapter }));
    const prisma = plain.$extends(digestSync(manifest, { every: 10, delay: 10 }));
    prisma.$digests.start();

    await here.contacts(["c1"]);
    await vi.waitFor(async () => expect(await here.pending()).toEqual([]), { timeout: 20_000 });
    await server.query(`ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS false`);
    await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name]);
    await vi.waitFor(() => expect(warn).toHaveBeenCalled(), { timeout: 20_000 });
    await expect(prisma.$digests.root({})).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(warn.mock.calls).toEqual([[expect.stringContaining("goes on trying; nothing is lost")]]);

    await server.query(`ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS true`);
    await here.contacts(["c2"]);
    await vi.waitFor(async () => expect(await here.pending()).toEqual([]), { timeout: 40_000 });
    expect(await here.count()).toBe(4);
    await here.audit();
    expect(warn.mock.calls.length).toBe(1);

    await prisma.$digests.stop();
    for (const spy of [warn, info, log]) spy.mockRestore();
    await server.end();
    await here.end();
  },
);
