import { afterEach, describe, expect, test } from "vitest";
import { build, joinName, type Shape } from "./shape.js";
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

describe("settlers and the app's own transactions", () => {
  test("a settler does not wait for open transactions, and settles what is committed", async () => {
    const w = await start(note);
    const settler = w.another();
    const writer = await w.pool.getConnection();
    await w.run("INSERT INTO Note VALUES ('n1', '', 'x'), ('n2', '', 'x')");
    await writer.beginTransaction();
    await writer.query("INSERT INTO Note VALUES ('n3', '', 'x')");
    await writer.query("UPDATE Note SET label = 'new' WHERE id = 'n1'");
    await w.run("INSERT INTO Note VALUES ('n4', '', 'x')");
    expect(await settler.settle()).toEqual({ settled: 3, errors: 0 });
    await writer.commit();
    await writer.release();
    expect(await settler.settle()).toEqual({ settled: 2, errors: 0 });
    expect(await w.wrong()).toEqual([]);
  });

  test("the app does not wait for a settler, whatever it writes", async () => {
    const w = await start(note, {
      name: "Child",
      references: [{ name: "note", to: "Note", onDelete: "Cascade" }],
      scope: ["note.owner"],
    });
    await w.run("INSERT INTO Note VALUES ('n1', '', 'x'), ('n2', '', 'x')");
    await w.run("INSERT INTO Child VALUES ('c1', '', NULL, 'n1')");
    const app = await w.pool.getConnection();
    await app.query("SET SESSION innodb_lock_wait_timeout = 1");
    let written = 0;
    // While the settler has all its locks, just before it commits.
    const settler = w.another(async () => {
      if (written > 0) return;
      await app.query("UPDATE Note SET label = 'new' WHERE id = 'n1'");
      await app.query("INSERT INTO Note VALUES ('n3', '', 'x')");
      await app.query("UPDATE Note SET owner = 'y' WHERE id = 'n1'");
      await app.query("UPDATE Child SET label = 'new'");
      await app.query("DELETE FROM Note");
      written += 1;
    });
    await settler.settle();
    await app.query("SET SESSION innodb_lock_wait_timeout = 50");
    await app.release();
    expect(written).toBe(1);
    expect(await w.stored()).toEqual({});
  });

  test("settlers and writers of the same scopes at once: no deadlock, nothing missed", async () => {
    const w = await start(note, {
      name: "Child",
      references: [{ name: "note", to: "Note", onDelete: "Cascade" }],
      scope: ["note.owner", "owner"],
    });
    const settlers = [w.another(), w.another(), w.another()];
    let isWriting = true;
    const settling = settlers.map(async (settler) => {
      while (isWriting) await settler.settle();
    });
    const writing = [0, 1, 2].map(async (writer) => {
      for (let i = 0; i < 60; i++) {
        const id = `${writer}-${i}`;
        const owner = `o${(i * 7 + writer) % 11}`;
        await w.run("INSERT INTO Note VALUES (?, '', ?)", id, owner);
        await w.run("INSERT INTO Child VALUES (?, '', ?, ?)", id, `p${i % 5}`, id);
        await w.run("UPDATE Note SET owner = ? WHERE id = ?", `o${i % 13}`, id);
        // What others have just written and may be about to delete.
        for (const other of [0, 1, 2]) {
          await w.run("UPDATE Child SET label = ? WHERE id = ?", `by ${writer}`, `${other}-${i}`);
          await w.run("UPDATE Note SET owner = ? WHERE id = ?", `o${(i + other) % 13}`, `${other}-${i - 1}`);
        }
        if (i % 5 === 0) await w.run("DELETE FROM Child WHERE id = ?", `${(writer + 1) % 3}-${i}`);
        if (i % 3 === 0) await w.run("DELETE FROM Note WHERE id = ?", `${(writer + 1) % 3}-${i}`);
      }
    });
    const written = await Promise.allSettled(writing);
    isWriting = false;
    const outcomes = [...written, ...(await Promise.allSettled(settling))];
    expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
    expect(await w.wrong()).toEqual([]);
  });

  test("both ends of links deleted at once: no deadlock that was not there without us", async () => {
    const w = await start({ name: "Tag" }, { name: "Chat", lists: ["Tag"], scope: ["owner"] });
    const join = joinName("Chat", "Tag");
    for (let round = 0; round < 40; round++) {
      await w.run("INSERT INTO Tag VALUES ('t', '', NULL)");
      await w.run("INSERT INTO Chat VALUES ('h', '', 'x')");
      await w.run(`INSERT INTO ${join} VALUES ('h', 't')`);
      const outcomes = await Promise.allSettled([w.run("DELETE FROM Tag"), w.run("DELETE FROM Chat")]);
      expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
    }
    expect(await w.stored()).toEqual({});
  });
});
