import { expect, test } from "vitest";
import { Random, randomShapes, randomWrite } from "./random.js";
import { build } from "./shape.js";
import { world } from "./world.js";

/** Reproduce one with DIGEST_SYNC_SEED. */
const seeds = process.env.DIGEST_SYNC_SEED
  ? [Number(process.env.DIGEST_SYNC_SEED)]
  : Array.from({ length: Number(process.env.DIGEST_SYNC_GRAPHS ?? 8) }, (_, i) => 1_000 + i);
const writes = 150;
/** Writes between two looks. */
const between = 10;

test.each(seeds)("nothing that any foreign keys do is missed: seed %i", async (seed) => {
  const random = new Random(seed);
  const shapes = randomShapes(random);
  const { manifest, tables } = build(shapes);
  if (manifest.collections.length === 0) return;
  const w = await world(manifest, tables);
  await w.digests.settle();
  const connection = await w.pool.getConnection();
  try {
    const script: string[] = [];
    for (let i = 1; i <= writes; i++) {
      const isolation = random.pick(["READ COMMITTED", "REPEATABLE READ"]);
      await connection.query(`SET TRANSACTION ISOLATION LEVEL ${isolation}`);
      await connection.beginTransaction();
      for (let n = random.below(3); n >= 0; n--) {
        const [sql, ...values] = randomWrite(random, shapes);
        const outcome = await connection.query(sql, values).then(
          () => "",
          (error) => ` -- ${error.errno}`,
        );
        script.push(`${sql} ${JSON.stringify(values)}${outcome}`);
        // A bug of ours, never of the app: an error other than a foreign key's, a duplicate's, or a loop's.
        if (outcome) expect(Number(outcome.slice(4)), script.at(-1)).toBeOneOf(expectedErrors);
      }
      const rolledBack = random.chance(15);
      await (rolledBack ? connection.rollback() : connection.commit());
      script.push(rolledBack ? "ROLLBACK" : "COMMIT");
      if (i % between > 0) continue;
      const wrong = [...(await w.unqueued()), ...(await w.wrong())];
      expect(wrong, `seed ${seed}\n${JSON.stringify(shapes)}\n${script.slice(-8 * between).join("\n")}`).toEqual([]);
    }
  } finally {
    await connection.release();
    await w.remove();
  }
});

/** Duplicate; required reference to nothing; still referred to; NULL where it must not be. */
const expectedErrors = [1062, 1452, 1451, 1048, 1761, 1762];
