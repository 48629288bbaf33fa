import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DigestSyncClient, type Manifest } from "@digest-sync/client";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../prisma/create-database.js";

const app = fileURLToPath(new URL("../nest11-app/", import.meta.url));

describe("A Nest 11 app in CommonJS with a plain PrismaService, and the packages as npm installs them", () => {
  let folder: string;
  let databaseUrl: string;
  let manifest: Manifest;
  let running: ChildProcess | undefined;

  beforeAll(async () => {
    // `npm test` has done it already. Of what `tsc -b` built last, when vitest was started by hand.
    execFileSync(process.execPath, [fileURLToPath(new URL("../../scripts/nest11-app.js", import.meta.url))]);
    folder = mkdtempSync(join(tmpdir(), "digest-sync-"));
    databaseUrl = `file:${join(folder, "notes.db")}`;
    await createDatabase(join(app, "prisma/schema.prisma"), databaseUrl);
    ({ manifest } = (await import(join(app, "dist/generated/digest-sync/client.js"))) as { manifest: Manifest });
  }, 300_000);
  afterEach(async () => {
    if (running) await stop(running);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Starts the app as a process of its own and resolves to its address, or rejects with what it printed. */
  async function start(install: "auto" | "check"): Promise<string> {
    const child = fork(join(app, "dist/main.js"), {
      // Plain `require` everywhere, as Jest has it.
      execArgv: ["--no-experimental-require-module"],
      env: { ...process.env, DATABASE_URL: databaseUrl, INSTALL: install },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    running = child;
    let printed = "";
    child.stderr?.on("data", (data) => {
      printed += data;
    });
    const exited = once(child, "close").then(() => Promise.reject(new Error(printed)));
    const [url] = (await Promise.race([once(child, "message"), exited])) as [string];
    exited.catch(() => {});
    return url;
  }

  /** Resolves to the signal that ended it: Nest runs the shutdown hooks and then sends itself the same signal. */
  async function stop(child: ChildProcess): Promise<string | null> {
    running = undefined;
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    }
    return child.signalCode;
  }

  async function pendingChanges(): Promise<unknown> {
    const connection = await new PrismaLibSql({ url: databaseUrl }).connect();
    const sql = "SELECT count(*) FROM _digest_pending";
    const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
    await connection.dispose();
    return rows[0]?.[0];
  }

  const post = async (url: string, data: object) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/notes`, { method: "POST", headers, body: JSON.stringify(data) });
    return (await response.json()) as { id: number };
  };

  it("refuses to start before the triggers are installed, and says how", async () => {
    await expect(start("check")).rejects.toThrow(/npx digest-sync install/);
  });

  it("syncs, keeps owners apart, and stops in good order", async () => {
    const url = await start("auto");
    const first = await post(url, { ownerId: "ada", text: "one" });
    await post(url, { ownerId: "ada", text: "two" });
    await post(url, { ownerId: "bob", text: "not for Ada" });

    const sync = new DigestSyncClient({ url: `${url}/sync`, manifest, headers: { "x-owner": "ada" } });
    expect(await sync.sync()).toMatchObject({ inSync: true, upserted: 2, deleted: 0, count: 2 });
    expect(await sync.collection("Note").get(String(first.id))).toEqual({ id: first.id, ownerId: "ada", text: "one" });

    await fetch(`${url}/notes/${first.id}`, { method: "DELETE" });
    await post(url, { ownerId: "ada", text: "three" });
    expect(await sync.sync({ changesLikely: true })).toMatchObject({ inSync: true, upserted: 1, deleted: 1, count: 2 });

    const refused = new DigestSyncClient({ url: `${url}/sync`, manifest });
    await expect(refused.sync()).rejects.toMatchObject({ code: "unauthorized" });

    await post(url, { ownerId: "ada", text: "just before the end" });
    expect(running && (await stop(running))).toBe("SIGTERM");
    expect(await pendingChanges()).toBe(0);
  });

  it("says live when something has changed", async () => {
    const url = await start("auto");
    const sync = new DigestSyncClient({ url: `${url}/sync`, manifest, headers: { "x-owner": "live" } });
    sync.start();
    await expect.poll(() => sync.status.phase, { timeout: 20_000 }).toBe("live");
    const { id } = await post(url, { ownerId: "live", text: "told" });
    await expect
      .poll(() => sync.collection("Note").get(String(id)), { timeout: 20_000 })
      .toMatchObject({ text: "told" });
    await sync.stop();
    expect((await fetch(`${url}/sync/events`)).status).toBe(401);
  });

  it("starts with `check` once installed, and serves what was there", async () => {
    const url = await start("check");
    const sync = new DigestSyncClient({ url: `${url}/sync`, manifest, headers: { "x-owner": "bob" } });
    expect(await sync.sync()).toMatchObject({ inSync: true, count: 1 });
  });

  it("can be required where require cannot load ESM", () => {
    const packages = ["core", "engine", "prisma", "nestjs"].map((name) => `require("@digest-sync/${name}")`);
    execFileSync(process.execPath, ["--no-experimental-require-module", "-e", packages.join(";")], { cwd: app });
  });
});
