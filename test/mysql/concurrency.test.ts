import { setTimeout } from "node:timers/promises";
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
        // Its parent may be gone by now.
        await w.run("INSERT IGNORE INTO Child VALUES (?, '', ?, ?)", id, `p${i % 5}`, id);
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

  const child: Shape = { name: "Child", references: [{ name: "note", to: "Note", onDelete: "Cascade" }] };

  test("a row is written while the row that places it is locked: nobody waits, and it settles where it is", async () => {
    const w = await start(note, { ...child, scope: ["note.owner"] });
    await w.run("INSERT INTO Note VALUES ('n1', '', 'x'), ('n2', '', 'y')");
    await w.run("INSERT INTO Child VALUES ('c1', '', NULL, 'n1'), ('c2', '', NULL, 'n2'), ('c3', '', NULL, 'n2')");
    const before = await w.stored();
    const other = await w.pool.getConnection();
    const app = await w.pool.getConnection();
    await app.query("SET SESSION innodb_lock_wait_timeout = 1");
    await other.beginTransaction();
    await other.query("UPDATE Note SET label = 'l'");
    await app.query("UPDATE Child SET label = 'new' WHERE id = 'c1'");
    await app.query("UPDATE Child SET label = 'new' WHERE id = 'c2'");
    await app.query("DELETE FROM Child WHERE id = 'c3'");
    const queued = await app.query("SELECT scope FROM _digest_pending WHERE collection = 'Child'");
    expect(queued).toEqual([{ scope: null }, { scope: null }, { scope: null }]);
    await app.query("SET SESSION innodb_lock_wait_timeout = 50");
    await app.release();
    const between = await w.stored();
    expect(Object.keys(between)).toEqual(["Child x c1", "Child y c2", "Note x n1", "Note y n2"]);
    expect(between["Child x c1"]).not.toBe(before["Child x c1"]);
    await other.commit();
    await other.release();
    expect(await w.wrong()).toEqual([]);
  });

  test.each(["READ COMMITTED", "REPEATABLE READ"])(
    "rows that appear while a delete waits for their table: %s",
    async (isolation) => {
      const w = await start(
        { name: "Top" },
        { ...note, references: [{ name: "top", to: "Top", onDelete: "Cascade" }] },
        { ...child, scope: ["owner"] },
      );
      const app = await w.pool.getConnection();
      const other = await w.pool.getConnection();
      for (const one of [app, other]) await one.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`);
      await w.run("INSERT INTO Top VALUES ('t1', '', NULL), ('t2', '', NULL)");
      await w.run("INSERT INTO Note VALUES ('n1', '', 'x', 't1'), ('n2', '', 'x', 't2')");
      await other.beginTransaction();
      await other.query("INSERT INTO Child VALUES ('c1', '', 'y', 'n2')");
      // Its first row is gone, and the second waits for the reference of the new child.
      let isDeleted = false;
      const deleted = app.query("DELETE FROM Top ORDER BY id").finally(() => {
        isDeleted = true;
      });
      const waits =
        "SELECT COUNT(*) AS n FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = ? AND trx_state = 'LOCK WAIT'";
      while (Number((await w.run(waits, app.threadId))[0]?.n) === 0) {
        expect(isDeleted).toBe(false);
        // The server looks at this anew only when nobody has asked for a tenth of a second.
        await setTimeout(200);
      }
      await other.commit();
      await w.digests.settle();
      await deleted;
      await app.release();
      await other.release();
      expect(await w.stored()).toEqual({});
    },
  );
});
