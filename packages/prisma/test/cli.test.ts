import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase } from "../../../prisma/create-database.js";
import { prismaGenerate, temporaryFolder } from "./prisma-generate.js";
import { runCli, runNode } from "./run-cli.js";

const schemaPath = fileURLToPath(new URL("../../../prisma/schema.prisma", import.meta.url));
const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Writes a module for --client. */
async function module(name: string, text: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, text);
  return path;
}

describe("digest-sync models", () => {
  test("prints models that, appended to a schema, the generator accepts", async () => {
    const { code, stdout } = await runCli(["models", "--provider", "sqlite"]);
    expect(code).toBe(0);
    expect(stdout.match(/^model \w+/gm)).toEqual([
      "model DigestPending",
      "model DigestScope",
      "model DigestRow",
      "model DigestError",
      "model DigestMeta",
    ]);
    const schema = `
      generator digestSync {
        provider = "digest-sync-generator"
        output   = "./models"
      }
      datasource db {
        provider = "sqlite"
      }
      /// @sync
      model Note {
        id String @id
      }`;
    const generated = await prismaGenerate(folder.path, schema + stdout);
    expect(generated.output).toContain("Generated Digest Sync");
    expect(generated.code).toBe(0);
  });
});

describe("wrong usage exits with 2 and says what to write", () => {
  test("without a command it prints how to use it", async () => {
    expect(await runCli([])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage:") });
    expect(await runCli(["--help"])).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage:"), stderr: "" });
  });

  test.each([
    [["instal"], 'There is no command "instal". Commands: models, install, check, audit, uninstall.'],
    [["check", "audit"], 'Unexpected argument "audit". One command at a time.'],
    [["check"], '"check" needs --client <module>'],
    [["check", "--cleint", "x"], "Unknown option '--cleint'"],
    [["check", "--repair"], "--repair belongs to the command audit."],
    [
      ["models", "--provider", "oracle"],
      'The provider "oracle" is not supported. Supported: sqlite, postgresql, mysql.',
    ],
    [["check", "--client", "nowhere.js"], "nowhere.js (--client nowhere.js)."],
  ])("%j", async (args, message) => {
    expect(await runCli(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
  });

  test("a module without a client, with a client that is not extended, or that Node cannot read", async () => {
    const nothing = await module("nothing.js", "export const other = 1;");
    const plain = await module("plain.js", "export default { $disconnect() {} };");
    const source = await module("source.ts", "export const prisma = 1;");
    expect(await runCli(["check", "--client", nothing])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${nothing} exports no Prisma client. Export one as "prisma" or as default:`),
    });
    expect(await runCli(["check", "--client", plain])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is not extended. Export the client that $extends returns:"),
    });
    expect(await runCli(["check", "--client", source])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Name the compiled JavaScript"),
    });
  });

  test("with --json the error is JSON too", async () => {
    const { code, stdout, stderr } = await runCli(["check", "--json"]);
    expect([code, stderr]).toEqual([2, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { message: expect.stringContaining("--client") } });
  });
});

test("a module that fails while it is loaded is a failure, not wrong usage", async () => {
  const failing = await module("failing.js", 'throw new Error("no DATABASE_URL");');
  expect(await runCli(["check", "--client", failing])).toMatchObject({
    code: 1,
    stderr: `digest-sync: ${failing} failed while it was loaded: no DATABASE_URL\n`,
  });
});

describe("with a database", () => {
  let client: string;

  beforeAll(async () => {
    const { code } = await prismaGenerate(folder.path, await readFile(schemaPath, "utf8"));
    expect(code).toBe(0);
    await module(
      "client.ts",
      `import { digestSync } from "@digest-sync/prisma";
      import { PrismaLibSql } from "@prisma/adapter-libsql";
      import { manifest } from "./generated/digest-sync/server.js";
      import { PrismaClient } from "./generated/prisma/client.js";
      const adapter = new PrismaLibSql({ url: process.env.TEST_DATABASE_URL!, timeout: 5000, intMode: "bigint" });
      export const prisma = new PrismaClient({ adapter }).$extends(digestSync(manifest));
      setInterval(() => {}, 1000); // what an app's module keeps running must not keep the command from ending`,
    );
    const options = { target: "es2023", module: "nodenext", strict: true, skipLibCheck: true, types: ["node"] };
    const project = await module("tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["client.ts"] }));
    const compiled = await runNode([tsc, "-p", project]);
    expect(compiled.stdout).toBe("");
    client = join(folder.path, "client.js");
  });

  test("install digests the rows, check and audit find what is wrong, uninstall leaves the app's own tables", async () => {
    const url = `file:${join(folder.path, "test.db")}`;
    await createDatabase(schemaPath, url);
    const sql = await new PrismaLibSql({ url, timeout: 5000 }).connect();
    await sql.executeScript(
      `INSERT INTO "Account" VALUES ('a', 'Ada', 'a@example.org'), ('b', 'Bob', 'b@example.org')`,
    );
    const run = (...args: string[]) => runCli([...args, "--client", client], { TEST_DATABASE_URL: url });

    const before = await run("check");
    expect(before.stdout).toContain("Writes to Account are not captured");
    expect([before.code, before.stderr]).toEqual([1, ""]);

    const installed = await run("install");
    expect(installed.stdout).toMatch(/^Created \d+ triggers\.\nRead the rows of Account, .*\n2 rows digested\.\n$/);
    expect([installed.code, installed.stderr]).toEqual([0, ""]);

    const fine = { code: 0, stdout: "Everything is installed and up to date.\n", stderr: "" };
    expect(await run("check")).toEqual(fine);

    await sql.executeScript(`UPDATE "_digest_row" SET "head" = 1 WHERE "key" = 'a'`);
    const found = await run("audit", "--json");
    expect(JSON.parse(found.stdout)).toMatchObject({
      ok: false,
      rows: 2,
      findings: [{ collection: "Account", scope: "a", key: "a", kind: "different" }],
      repaired: false,
    });
    expect([found.code, found.stderr]).toEqual([1, ""]);
    const repaired = await run("audit", "--repair");
    expect(repaired.stdout).toContain("different: Account a in scope a\n");
    expect(repaired.stdout).toContain("All of it was mended.\n");
    expect([repaired.code, repaired.stderr]).toEqual([0, ""]);
    const audited = { code: 0, stdout: "2 rows read.\nEvery digest, root and sketch is right.\n", stderr: "" };
    expect(await run("audit")).toEqual(audited);

    expect(await run("uninstall")).toMatchObject({ code: 0, stderr: "" });
    const query = `SELECT "name" FROM "sqlite_master" WHERE "type" = 'trigger' OR "name" LIKE '\\_digest%' ESCAPE '\\'`;
    expect((await sql.queryRaw({ sql: query, args: [], argTypes: [] })).rows).toEqual([]);
    const rows = await sql.queryRaw({ sql: `SELECT "id" FROM "Account"`, args: [], argTypes: [] });
    expect(rows.rows).toEqual([["a"], ["b"]]);
    await sql.dispose();
  });

  test("a database that cannot be opened is a failure with the database's own message", async () => {
    const env = { TEST_DATABASE_URL: "file:/nowhere/x.db" };
    const { code, stdout, stderr } = await runCli(["check", "--client", client], env);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^digest-sync: .*\/nowhere\/x\.db/);
  });
});
