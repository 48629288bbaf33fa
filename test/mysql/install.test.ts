import { Digests } from "@digest-sync/engine";
import * as mariadb from "mariadb";
import { afterEach, describe, expect, test } from "vitest";
import { mysqlOptions } from "../databases/connect.js";
import { newName } from "../databases/names.js";
import { servers } from "../databases/servers.js";
import { driverDatabase } from "./driver-database.js";
import { build } from "./shape.js";
import { type World, world } from "./world.js";

const { manifest, tables } = build([
  { name: "Note", scope: ["owner"] },
  { name: "Child", references: [{ name: "note", to: "Note", onDelete: "Cascade" }], scope: ["note.owner"] },
]);

let open: World | undefined;
const users: string[] = [];
afterEach(async () => {
  for (const user of users.splice(0)) await open?.run(`DROP USER ${user}`);
  await open?.remove();
  open = undefined;
});

const triggersOf = async (w: World) =>
  (await w.run("SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()")).map(
    ({ name }) => String(name),
  );

/** The engine on connections of a database user with these rights alone. */
async function as(w: World, ...grants: string[]): Promise<{ digests: Digests; end(): Promise<void> }> {
  const name = newName().slice(-30);
  const user = `'${name}'@'%'`;
  const { database } = (await w.run("SELECT DATABASE() AS `database`"))[0]!;
  await w.run(`CREATE USER ${user} IDENTIFIED BY 'secret'`);
  users.push(user);
  for (const grant of grants) await w.run(`GRANT ${grant.replace("DB", `\`${database}\``)} TO ${user}`);
  const pool = mariadb.createPool({
    ...mysqlOptions(servers.mysql.url),
    database: String(database),
    user: name,
    password: "secret",
    connectionLimit: 2,
  });
  return { digests: new Digests(manifest, driverDatabase(pool, manifest)), end: () => pool.end() };
}

describe("installing where DDL commits by itself", () => {
  test("several processes at once", async () => {
    open = await world(manifest, tables, { install: false });
    await open.run("INSERT INTO Note VALUES ('n1', '', 'x')");
    const installers = [open.digests, open.another(), open.another()];
    await Promise.all(installers.map((one) => one.install()));
    expect(await open.digests.check()).toEqual({ ok: true, superseded: false, problems: [] });
    expect(Object.keys(await open.stored())).toEqual(["Note x n1"]);
  });

  test.each([1, 2, 4])("a crash after %i triggers leaves nothing uncaptured", async (made) => {
    open = await world(manifest, tables);
    await open.run("INSERT INTO Note VALUES ('n1', '', 'x')");
    await open.run("INSERT INTO Child VALUES ('c1', '', NULL, 'n1')");
    await open.digests.settle();
    const names = await triggersOf(open);
    for (const name of names.slice(made)) await open.run(`DROP TRIGGER \`${name}\``);
    await open.run("UPDATE Note SET owner = 'y'");
    await open.run("DELETE FROM Child");
    expect((await open.digests.check()).ok).toBe(false);
    await open.digests.install();
    expect((await triggersOf(open)).sort()).toEqual(names.sort());
    expect(Object.keys(await open.stored())).toEqual(["Note y n1"]);
    expect(await open.wrong()).toEqual([]);
  });
});

describe("rights", () => {
  test("those of an app that does not install", async () => {
    open = await world(manifest, tables);
    const app = await as(open, "SELECT, INSERT, UPDATE, DELETE, TRIGGER ON DB.*");
    expect(await app.digests.check()).toEqual({ ok: true, superseded: false, problems: [] });
    await open.run("INSERT INTO Note VALUES ('n1', '', 'x')");
    expect(await app.digests.settle()).toEqual({ settled: 1, errors: 0 });
    await app.end();
  });

  test("who writes to the app's tables needs none on ours", async () => {
    open = await world(manifest, tables);
    const name = newName().slice(-30);
    const { database } = (await open.run("SELECT DATABASE() AS `database`"))[0]!;
    await open.run(`CREATE USER '${name}'@'%' IDENTIFIED BY 'secret'`);
    users.push(`'${name}'@'%'`);
    await open.run(`GRANT INSERT, DELETE, SELECT ON \`${database}\`.Note TO '${name}'@'%'`);
    const options = mysqlOptions(servers.mysql.url);
    const writer = await mariadb.createConnection({
      host: options.host!,
      port: options.port!,
      user: name,
      password: "secret",
      database: String(database),
    });
    await writer.query("INSERT INTO Note VALUES ('n1', '', 'x'), ('n2', '', 'x')");
    await writer.query("DELETE FROM Note WHERE id = 'n1'");
    await writer.end();
    expect(Object.keys(await open.stored())).toEqual(["Note x n2"]);
  });

  test("a right that settling needs is named", async () => {
    open = await world(manifest, tables);
    const app = await as(open, "SELECT, INSERT, UPDATE, TRIGGER ON DB.*");
    const { ok, problems } = await app.digests.check();
    expect(ok).toBe(false);
    expect(problems.join("\n")).toMatch(/Settling is refused: .*DELETE command denied to user/);
    await app.end();
  });

  test("a user that may not make triggers is told so", async () => {
    open = await world(manifest, tables, { install: false });
    const app = await as(open, "SELECT, INSERT, UPDATE, DELETE, CREATE ON DB.*");
    await expect(app.digests.install()).rejects.toThrow(
      /may not make triggers: .*TRIGGER command denied.*GRANT TRIGGER/,
    );
    await app.end();
  });
});
