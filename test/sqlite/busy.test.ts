import { spawn } from "node:child_process";
import { digestSync } from "@digest-sync/prisma";
import { expect, test } from "vitest";
import { manifest } from "../../prisma/generated/digest-sync/server.js";
import { PrismaClient } from "../../prisma/generated/prisma/client.js";
import { emptyDatabase } from "../databases/index.js";

// SQLite has one writer at a time for the whole file.

test("while another process holds the database's write lock, a write waits for it as a plain one does", async () => {
  const database = await emptyDatabase("schema");
  const base = database.closing(new PrismaClient({ adapter: database.adapter() }));
  const prisma = base.$extends(digestSync(manifest, { delay: 1 }));
  await prisma.$digests.install();
  const holder = spawn(process.execPath, ["-e", holdLock, database.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  // Waits inside SQLite until the other process has let go.
  const created = await prisma.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
  expect(created).toEqual({ id: "a1", name: "Ada", email: "ada@example.com" });
  expect((await prisma.$digests.audit()).ok).toBe(true);
  await prisma.$digests.stop();
  await database.remove();
});

const holdLock = `
const Database = require("libsql");
const database = new Database(process.argv[1]);
database.exec("BEGIN IMMEDIATE");
console.log("locked");
setTimeout(() => database.exec("COMMIT"), 300);
`;
