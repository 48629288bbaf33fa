import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseManifest } from "@digest-sync/engine";
import * as mariadb from "mariadb";
import { afterEach, describe, expect, test } from "vitest";
import { mysqlOptions } from "../databases/connect.js";
import { servers } from "../databases/servers.js";
import { build, type Shape } from "./shape.js";
import { type World, world } from "./world.js";

let open: World | undefined;
afterEach(async () => {
  await open?.remove();
  open = undefined;
});

async function start(...shapes: Shape[]): Promise<World> {
  const { manifest, tables } = build(shapes);
  open = await world(manifest, tables);
  return open;
}

const note: Shape = { name: "Note", scope: ["owner"] };
const places = async (of: World) => Object.keys(await of.stored());

/** A model with these columns, all of its rows in one scope. */
function table(key: readonly string[], columns: Record<string, string>, scope: readonly string[] = []) {
  const manifest: DatabaseManifest = {
    version: 1,
    algorithm: "sha256",
    provider: "mysql",
    collections: [
      {
        name: "Thing",
        fields: Object.entries(columns).map(([name, type]) =>
          type.includes("BIGINT")
            ? { name, type: "BigInt" }
            : type.includes("INT")
              ? { name, type: "Int" }
              : {
                  name,
                  type: "String",
                  ...(type.endsWith(" NULL") && !type.includes("NOT") ? { optional: true } : {}),
                },
        ),
        key,
        scope,
      },
    ],
    tables: [
      {
        model: "Thing",
        delegate: "thing",
        name: "the `thing`",
        columns: Object.fromEntries(Object.keys(columns).map((name) => [name, { name }])),
      },
    ],
  };
  const lines = Object.entries(columns).map(([name, type]) => `\`${name}\` ${type}`);
  return {
    manifest,
    tables: [`CREATE TABLE \`the \`\`thing\`\`\` (${lines.join(", ")}, PRIMARY KEY (${key.join(", ")}))`],
  };
}

describe("writes that only MySQL has", () => {
  test("REPLACE, INSERT ... ON DUPLICATE KEY UPDATE, and writes to several tables", async () => {
    const w = await start(note, {
      name: "Child",
      references: [{ name: "note", to: "Note", onDelete: "Cascade" }],
      scope: ["note.owner"],
    });
    await w.run("ALTER TABLE Note ADD UNIQUE (label)");
    await w.run("INSERT INTO Note VALUES ('n1', 'a', 'x'), ('n2', 'b', 'y'), ('n3', 'c', 'z')");
    await w.run("INSERT INTO Child VALUES ('c1', '', NULL, 'n1'), ('c3', '', NULL, 'n3')");
    await w.digests.settle();
    // Takes the place of two rows, and a child goes with each.
    await w.run("REPLACE INTO Note VALUES ('n1', 'c', 'w')");
    expect(await places(w)).toEqual(["Note w n1", "Note y n2"]);
    await w.run("INSERT INTO Note VALUES ('n1', 'd', 'v') ON DUPLICATE KEY UPDATE owner = VALUES(owner)");
    await w.run("INSERT INTO Child VALUES ('c1', '', NULL, 'n1')");
    expect(await places(w)).toEqual(["Child v c1", "Note v n1", "Note y n2"]);
    await w.run("UPDATE Note n JOIN Child c ON c.note = n.id SET n.owner = 'u', c.label = 'l'");
    expect(await places(w)).toEqual(["Child u c1", "Note u n1", "Note y n2"]);
    await w.run("DELETE n FROM Note n JOIN Child c ON c.note = n.id");
    expect(await places(w)).toEqual(["Note y n2"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("a statement that names the very tables that its cascade reaches", async () => {
    const w = await start(
      note,
      { name: "Child", references: [{ name: "note", to: "Note", onDelete: "Cascade" }], scope: ["note.owner"] },
      { name: "Grandchild", references: [{ name: "child", to: "Child", onDelete: "Cascade" }], scope: ["owner"] },
    );
    await w.run("INSERT INTO Note VALUES ('n1', '', 'x'), ('n2', '', 'y')");
    await w.run("INSERT INTO Child VALUES ('c1', '', NULL, 'n1'), ('c2', '', NULL, 'n2')");
    await w.run("INSERT INTO Grandchild VALUES ('g1', '', 'z', 'c1')");
    await w.digests.settle();
    await w.run(
      "UPDATE Note SET owner = 'v' WHERE id IN (SELECT note FROM Child JOIN Grandchild g ON g.child = Child.id)",
    );
    expect(await places(w)).toEqual(["Child v c1", "Child y c2", "Grandchild z g1", "Note v n1", "Note y n2"]);
    await w.run("DELETE FROM Note WHERE id IN (SELECT note FROM Child JOIN Grandchild g ON g.child = Child.id)");
    expect(await places(w)).toEqual(["Child y c2", "Note y n2"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("LOAD DATA", async () => {
    const w = await start(note);
    const folder = await mkdtemp(join(tmpdir(), "digest-sync-"));
    const file = join(folder, "notes.tsv");
    writeFileSync(file, "n1\ta\tx\nn2\tb\ty\n");
    const { database } = (await w.run("SELECT DATABASE() AS `database`"))[0]!;
    const connection = await mariadb.createConnection({
      ...mysqlOptions(servers.mysql.url),
      database: String(database),
      permitLocalInfile: true,
    });
    await connection.query(`LOAD DATA LOCAL INFILE ? INTO TABLE Note`, [file]);
    await connection.end();
    await rm(folder, { recursive: true });
    expect(await places(w)).toEqual(["Note x n1", "Note y n2"]);
  });

  test("TRUNCATE fires nothing; the audit finds and mends what it left behind", async () => {
    const w = await start(note);
    await w.run("INSERT INTO Note VALUES ('n1', '', 'x')");
    await w.digests.settle();
    await w.run("TRUNCATE TABLE Note");
    expect(await w.wrong()).toEqual(["extra Note x n1"]);
    await w.digests.audit({ repair: true });
    expect(await w.stored()).toEqual({});
  });
});

describe("keys and scopes as they are stored", () => {
  const thing = "`the ``thing```";

  test("collations fold case, accents and trailing spaces; keys and scopes do not", async () => {
    const { manifest, tables } = table(
      ["a", "b"],
      { a: "VARCHAR(20)", b: "VARCHAR(20) COLLATE utf8mb4_bin", s: "VARCHAR(20) NULL" },
      ["s"],
    );
    open = await world(manifest, tables);
    const w = open;
    await w.run(`INSERT INTO ${thing} VALUES ('É~/', 'x', 'S'), ('ß', 'A', 's '), ('z', 'a', NULL), ('z', 'A', '~')`);
    expect(await places(w)).toEqual(["Thing S É~0~1/x", "Thing s  ß/A", "Thing ~ z/a", "Thing ~0 z/A"]);
    // Equal to the database, and another key or scope all the same.
    await w.run(`UPDATE ${thing} SET a = 'e~/' WHERE a = 'é~/'`);
    await w.run(`UPDATE ${thing} SET s = 's' WHERE s = 's '`);
    await w.run(`UPDATE ${thing} SET a = 'Z', s = 'Ş' WHERE a = 'z' AND b = 'a'`);
    expect(await places(w)).toEqual(["Thing s e~0~1/x", "Thing s ß/A", "Thing ~0 z/A", "Thing Ş Z/a"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("a key in another character set than ours, and a quote in it", async () => {
    const { manifest, tables } = table(
      ["a"],
      { a: "VARCHAR(50) CHARACTER SET latin1", s: "CHAR(5) CHARACTER SET ucs2" },
      ["s"],
    );
    open = await world(manifest, tables);
    const w = open;
    await w.run(`INSERT INTO ${thing} VALUES ('ÿ\\\\''"', 'ü\\'')`);
    expect(await places(w)).toEqual([`Thing ü' ÿ\\'"`]);
    await w.run(`DELETE FROM ${thing}`);
    expect(await places(w)).toEqual([]);
  });

  test("64-bit keys, unsigned too, over more than one piece of an audit", async () => {
    const { manifest, tables } = table(["u", "i"], { u: "BIGINT UNSIGNED", i: "BIGINT", n: "INT UNSIGNED" }, ["n"]);
    open = await world(manifest, tables, { install: false });
    const w = open;
    const around = (value: bigint, of: number) => Array.from({ length: of }, (_, i) => value - BigInt(i));
    const rows = [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n + 5n].flatMap((u) =>
      around(u, 20).flatMap((one) => around(2n ** 63n - 1n, 10).map((i) => `(${one}, ${-i - 1n}, 4294967295)`)),
    );
    await w.run(`INSERT INTO ${thing} VALUES ${rows.join(", ")}`);
    await w.digests.install();
    expect(await places(w)).toHaveLength(600);
    expect(await places(w)).toContain("Thing 4294967295 18446744073709551615/-9223372036854775808");
    expect(await w.wrong()).toEqual([]);
  });

  test("the app's SQL mode has no say", async () => {
    const w = await start(note);
    const app = await w.pool.getConnection();
    await app.query(
      "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH'",
    );
    await app.query("INSERT INTO Note VALUES ('n\\', '', 'x/~')");
    await app.query("UPDATE Note SET owner = 'y\\'");
    await app.release();
    expect(await places(w)).toEqual(["Note y\\ n\\"]);
  });

  test("what could be too long for an index is refused by name", async () => {
    const { manifest, tables } = table(["a"], { a: "VARCHAR(20)", s: "VARCHAR(800)" }, ["s"]);
    open = await world(manifest, tables, { install: false });
    await expect(open.digests.install()).rejects.toThrow(
      "Thing cannot be synced: as text, its scope (the `thing`.s) may be 3200 bytes long, and an index holds 2944.",
    );
  });

  test("ZEROFILL is refused", async () => {
    const { manifest, tables } = table(["a"], { a: "INT(8) ZEROFILL" });
    open = await world(manifest, tables, { install: false });
    await expect(open.digests.install()).rejects.toThrow("the `thing`.a is ZEROFILL");
  });
});
