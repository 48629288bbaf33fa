import "reflect-metadata";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestSync } from "@digest-sync/prisma";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createDatabase } from "../../../prisma/create-database.js";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../../prisma/generated/prisma/client.js";
import { ErrorLog, startApps } from "./app.js";
import { fill } from "./content.js";
import { Meter } from "./meter.js";
import type { Command, Reply } from "./remote.js";
import { write } from "./writes.js";

// The apps under attack, in a process of their own: what it costs is theirs alone, and if it hangs or dies, the fuzzer
// lives to say so.

const folder = mkdtempSync(join(tmpdir(), "digest-sync-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.on("disconnect", () => process.exit());

const log = new ErrorLog();
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => log.errors.push(`${event}: ${(error as Error)?.stack ?? error}`));
}

const url = `file:${join(folder, "fuzz.db")}`;
// From fuzz/dist/fuzz/src/server.
await createDatabase(new URL("../../../../../prisma/schema.prisma", import.meta.url), url);
const adapter = new PrismaLibSql({ url, timeout: 5_000, intMode: "bigint" });
const prisma = new PrismaClient({ adapter });
await fill(prisma, Number(process.argv[2] ?? 1));
const extended = prisma.$extends(digestSync(manifest, { onError: (error) => log.error("settling:", error) }));
await extended.$digests.install();
await extended.$digests.settle();
const urls = await startApps(extended, log);

const meter = new Meter();
const commands: { [Name in Command["do"]]: (command: Extract<Command, { do: Name }>) => unknown } = {
  start: ({ careful }) => meter.start(careful),
  stop: () => {
    const { errors } = log;
    log.errors = [];
    return { ...meter.stop(), errors };
  },
  write: async ({ seed }) => {
    await write(prisma, seed);
    await extended.$digests.settle();
  },
  audit: async () => (await extended.$digests.audit()).ok,
};

const send = (reply: Reply) => process.send?.(reply);
process.on("message", async (command: Command) => {
  try {
    send({ value: await commands[command.do](command as never) });
  } catch (error) {
    send({ error: String((error as Error).stack) });
  }
});
send({ value: urls });
