import type { DatabaseManifest } from "@digest-sync/engine";
import { afterEach, describe, expect, test } from "vitest";
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

/** All places there are, after settling; none of them may have come there but by what the triggers queued. */
const places = async (of: World) => {
  expect(await of.unqueued()).toEqual([]);
  return Object.keys(await of.stored());
};

describe("rows that InnoDB deletes or changes without firing their triggers", () => {
  test("ON DELETE CASCADE, three levels down", async () => {
    const w = await start(
      { name: "A" },
      { name: "B", references: [{ name: "a", to: "A", onDelete: "Cascade" }] },
      { name: "C", references: [{ name: "b", to: "B", onDelete: "Cascade" }], scope: ["owner"] },
      { name: "D", references: [{ name: "c", to: "C", onDelete: "Cascade" }], scope: ["owner"] },
    );
    await w.run("INSERT INTO A VALUES ('a1', '', NULL), ('a2', '', NULL)");
    await w.run("INSERT INTO B VALUES ('b1', '', NULL, 'a1'), ('b2', '', NULL, 'a2')");
    await w.run("INSERT INTO C VALUES ('c1', '', 'x', 'b1'), ('c2', '', 'y', 'b1'), ('c3', '', 'y', 'b2')");
    await w.run("INSERT INTO D VALUES ('d1', '', NULL, 'c1'), ('d2', '', 'x', 'c2'), ('d3', '', 'x', 'c3')");
    expect(await places(w)).toEqual(["C x c1", "C y c2", "C y c3", "D x d2", "D x d3", "D ~ d1"]);
    await w.run("DELETE FROM A WHERE id = 'a1'");
    expect(await places(w)).toEqual(["C y c3", "D x d3"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("a tree of replies, deeper than one step", async () => {
    const w = await start({
      name: "Reply",
      references: [{ name: "parent", to: "Reply", optional: true, onDelete: "Cascade", onUpdate: "NoAction" }],
      scope: ["owner"],
    });
    await w.run("INSERT INTO Reply VALUES ('r0', '', 'x', NULL), ('other', '', 'x', NULL)");
    for (let i = 1; i <= 12; i++) await w.run("INSERT INTO Reply VALUES (?, '', 'x', ?)", `r${i}`, `r${i - 1}`);
    await w.run("UPDATE Reply SET parent = 'r0' WHERE id = 'r0'");
    await w.digests.settle();
    await w.run("DELETE FROM Reply WHERE id = 'r0'");
    expect(await places(w)).toEqual(["Reply x other"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("a cycle of two tables", async () => {
    const w = await start(
      { name: "A", references: [{ name: "b", to: "B", optional: true, onDelete: "Cascade" }], scope: ["owner"] },
      { name: "B", references: [{ name: "a", to: "A", optional: true, onDelete: "Cascade" }], scope: ["owner"] },
    );
    await w.run("INSERT INTO A VALUES ('a1', '', 'x', NULL), ('a2', '', 'x', NULL)");
    await w.run("INSERT INTO B VALUES ('b1', '', 'x', 'a1'), ('b2', '', 'x', 'a2')");
    await w.run("UPDATE A SET b = 'b2' WHERE id = 'a1'");
    await w.run("INSERT INTO A VALUES ('a3', '', 'y', 'b1')");
    expect(await places(w)).toHaveLength(5);
    await w.run("DELETE FROM A WHERE id = 'a2'");
    expect(await places(w)).toEqual([]);
    expect(await w.wrong()).toEqual([]);
  });

  test("ON DELETE SET NULL moves rows into the scope without an owner", async () => {
    const w = await start(
      { name: "A" },
      { name: "B", references: [{ name: "a", to: "A", optional: true }], scope: ["a"] },
      { name: "C", references: [{ name: "b", to: "B", optional: true, onDelete: "Cascade" }], scope: ["b.a", "owner"] },
    );
    await w.run("INSERT INTO A VALUES ('a1', '', NULL), ('a2', '', NULL)");
    await w.run("INSERT INTO B VALUES ('b1', '', NULL, 'a1'), ('b2', '', NULL, 'a2')");
    await w.run("INSERT INTO C VALUES ('c1', '', 'x', 'b1'), ('c2', '', NULL, NULL)");
    expect(await places(w)).toEqual(["B a1 b1", "B a2 b2", "C a1/x c1", "C ~/~ c2"]);
    await w.run("DELETE FROM A WHERE id = 'a1'");
    expect(await places(w)).toEqual(["B a2 b2", "B ~ b1", "C ~/x c1", "C ~/~ c2"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("one delete that empties two parts of a scope at once", async () => {
    const w = await start(
      { name: "A" },
      { name: "B", references: [{ name: "a", to: "A", optional: true, onDelete: "Cascade" }] },
      {
        name: "C",
        references: [
          { name: "a", to: "A", optional: true },
          { name: "b", to: "B", optional: true },
        ],
        scope: ["a", "b", "b.owner"],
      },
    );
    await w.run("INSERT INTO A VALUES ('a1', '', NULL), ('a2', '', NULL)");
    await w.run("INSERT INTO B VALUES ('b1', '', 'o', 'a1'), ('b2', '', 'o', 'a2')");
    await w.run(
      "INSERT INTO C VALUES ('c1', '', '', 'a1', 'b1'), ('c2', '', '', 'a2', 'b1'), ('c3', '', '', 'a2', 'b2')",
    );
    await w.run("DELETE FROM A WHERE id = 'a1'");
    expect(await places(w)).toEqual(["C a2/b2/o c3", "C a2/~/~ c2", "C ~/~/~ c1"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("ON UPDATE CASCADE renames scopes, over two tables", async () => {
    const w = await start(
      { name: "A" },
      { name: "B", references: [{ name: "a", to: "A" }], scope: ["a"] },
      { name: "C", references: [{ name: "b", to: "B" }], scope: ["b.a"] },
    );
    await w.run("INSERT INTO A VALUES ('a1', '', NULL), ('a2', '', NULL)");
    await w.run("INSERT INTO B VALUES ('b1', '', NULL, 'a1'), ('b2', '', NULL, 'a2')");
    await w.run("INSERT INTO C VALUES ('c1', '', NULL, 'b1')");
    await w.digests.settle();
    await w.run("UPDATE A SET id = 'A1' WHERE id = 'a1'");
    expect(await places(w)).toEqual(["B A1 b1", "B a2 b2", "C A1 c1"]);
    await w.run("UPDATE B SET id = 'b3' WHERE id = 'b1'");
    expect(await places(w)).toEqual(["B A1 b3", "B a2 b2", "C A1 c1"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("ON UPDATE SET NULL", async () => {
    const w = await start(
      { name: "A" },
      { name: "B", references: [{ name: "a", to: "A", optional: true, onUpdate: "SetNull" }], scope: ["a"] },
      { name: "C", references: [{ name: "b", to: "B" }], scope: ["b.a"] },
    );
    await w.run("INSERT INTO A VALUES ('a1', '', NULL)");
    await w.run("INSERT INTO B VALUES ('b1', '', NULL, 'a1')");
    await w.run("INSERT INTO C VALUES ('c1', '', NULL, 'b1')");
    await w.digests.settle();
    await w.run("UPDATE A SET id = 'a9' WHERE id = 'a1'");
    expect(await places(w)).toEqual(["B ~ b1", "C ~ c1"]);
    expect(await w.wrong()).toEqual([]);
  });

  test("implicit many-to-many lists", async () => {
    const w = await start({ name: "Tag" }, { name: "Chat", lists: ["Tag"], scope: ["owner"] });
    await w.run("INSERT INTO Tag VALUES ('t1', '', NULL), ('t2', '', NULL)");
    await w.run("INSERT INTO Chat VALUES ('h1', '', 'x'), ('h2', '', 'x')");
    await w.run("INSERT INTO _ChatToTag VALUES ('h1', 't1'), ('h1', 't2'), ('h2', 't2')");
    const before = await w.stored();
    await w.run("DELETE FROM Tag WHERE id = 't1'");
    const after = await w.stored();
    expect(after["Chat x h1"]).not.toBe(before["Chat x h1"]);
    expect(after["Chat x h2"]).toBe(before["Chat x h2"]);
    await w.run("UPDATE Tag SET id = 't3' WHERE id = 't2'");
    expect((await w.stored())["Chat x h2"]).not.toBe(before["Chat x h2"]);
    await w.run("UPDATE Chat SET id = 'h3' WHERE id = 'h2'");
    await w.run("UPDATE _ChatToTag SET A = 'h3' WHERE A = 'h1'").catch(() => {});
    await w.run("DELETE FROM _ChatToTag WHERE A = 'h1'");
    expect(await w.wrong()).toEqual([]);
  });

  test("ON UPDATE CASCADE through a composite key: the rows below the rows below", async () => {
    const cascade = { onDelete: "Cascade", onUpdate: "Cascade" } as const;
    const text = { type: "String" } as const;
    const columns = { id: { name: "id" }, tenant: { name: "tenant" }, author: { name: "author" } };
    const manifest: DatabaseManifest = {
      version: 1,
      algorithm: "sha256",
      provider: "mysql",
      collections: [
        {
          name: "Post",
          fields: ["id", "tenant", "author"].map((name) => ({ name, ...text })),
          key: ["id"],
          scope: ["tenant"],
        },
      ],
      tables: [{ model: "Post", delegate: "post", name: "Post", columns }],
      foreignKeys: [
        { table: { name: "User" }, columns: ["tenant"], to: { name: "Tenant" }, references: ["id"], ...cascade },
        {
          table: { name: "Post" },
          columns: ["tenant", "author"],
          to: { name: "User" },
          references: ["tenant", "id"],
          ...cascade,
        },
      ],
    };
    const key = "VARCHAR(20) NOT NULL";
    open = await world(manifest, [
      `CREATE TABLE Tenant (id ${key} PRIMARY KEY)`,
      `CREATE TABLE User (tenant ${key}, id ${key}, PRIMARY KEY (tenant, id),
       FOREIGN KEY (tenant) REFERENCES Tenant (id) ON DELETE CASCADE ON UPDATE CASCADE)`,
      `CREATE TABLE Post (id ${key} PRIMARY KEY, tenant ${key}, author ${key},
       FOREIGN KEY (tenant, author) REFERENCES User (tenant, id) ON DELETE CASCADE ON UPDATE CASCADE)`,
    ]);
    await open.run("INSERT INTO Tenant VALUES ('t1'), ('t2')");
    await open.run("INSERT INTO User VALUES ('t1', 'u1'), ('t2', 'u1')");
    await open.run("INSERT INTO Post VALUES ('p1', 't1', 'u1'), ('p2', 't2', 'u1')");
    await open.digests.settle();
    await open.run("UPDATE Tenant SET id = 't3' WHERE id = 't1'");
    expect(await places(open)).toEqual(["Post t2 p2", "Post t3 p1"]);
    await open.run("DELETE FROM Tenant WHERE id = 't3'");
    expect(await places(open)).toEqual(["Post t2 p2"]);
    expect(await open.wrong()).toEqual([]);
  });
});
