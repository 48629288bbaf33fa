import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases } from "../campaigns/src/databases/index.js";
import { catalogueOf } from "../campaigns/src/operations/operation.js";
import { shrink } from "../campaigns/src/soak/shrink.js";
import { type SoakOptions, soak } from "../campaigns/src/soak/soak.js";
import { databaseName, provider } from "./databases/index.js";

// The campaigns in seconds: that they run, and that they find what is wrong.

const seed = Number(process.env.SEED ?? 20261122);

describe("soak", () => {
  const kind = databases[databaseName]!;
  let place: Awaited<ReturnType<typeof kind.create>>;
  beforeAll(async () => {
    place = await kind.create();
  });
  afterAll(() => place.drop());

  const options = (): SoakOptions => ({
    ...{ database: databaseName, kind, url: place.url, seed, operations: 300, every: 150, patience: 60_000 },
    print: () => undefined,
  });

  test("random writes leave every digest exact", { timeout: 300_000 }, async () => {
    const { failure, looks, written } = await soak(options());
    expect(failure, `seed ${seed}`).toBeUndefined();
    expect(looks).toBe(2);
    // A generator that only makes failing writes would prove nothing.
    expect(written).toBeGreaterThan(60);
  });

  test("a trigger that is missing is found, and a short script shows it", { timeout: 300_000 }, async () => {
    const { kinds } = catalogueOf(provider);
    const { failure } = await soak({
      ...options(),
      ...{ operations: 40, every: 40, without: kinds.filter((kind) => !/^(city|tag|note)\./.test(kind)) },
      async prepare(world) {
        const name = await insertTrigger(world, "City");
        const on = provider === "postgresql" ? ` ON "City"` : "";
        if (name) await world.bare.run(`DROP TRIGGER "${name}"${on}`);
      },
    });
    expect(failure?.faults.some((fault) => fault.startsWith("missed: City|"))).toBe(true);
    expect(failure?.operations).toMatchObject([{ kind: "city.createMany", by: "plain", around: "alone" }]);
  });
});

type World = Parameters<NonNullable<SoakOptions["prepare"]>>[0];

/** The name of the trigger that captures what is inserted into a table, if it is there. */
async function insertTrigger({ bare }: World, table: string): Promise<string | undefined> {
  const list = {
    sqlite: `SELECT name AS "name" FROM sqlite_master WHERE type = 'trigger'`,
    postgresql: `SELECT tgname AS "name" FROM pg_trigger`,
    mysql: `SELECT trigger_name AS "name" FROM information_schema.triggers WHERE trigger_schema = DATABASE()`,
  }[provider];
  const result = (await bare.run(list)) as { name: string }[] | { rows: { name: string }[] };
  const names = ("rows" in result ? result.rows : result).map(({ name }) => name);
  return names.find((name) => name.startsWith(`_digest_${table}_insert_`));
}

test("a script is made as short as it can be, and no shorter", async () => {
  const fails = async (list: readonly number[]) => list.includes(3) && list.includes(77);
  const list = Array.from({ length: 100 }, (_, index) => index);
  expect(await shrink(list, fails, Number.POSITIVE_INFINITY)).toEqual([3, 77]);
});

/** Runs a campaign in processes of its own, as its command does, but for preparing the clone: `npm test` has. */
async function run(name: string, ...args: string[]) {
  const script = fileURLToPath(new URL(`../campaigns/dist/campaigns/src/${name}/main.js`, import.meta.url));
  expect(existsSync(script), 'The campaigns are not compiled: run "npx tsc -b campaigns".').toBe(true);
  const child = spawn(process.execPath, [script, ...args, "--seed", String(seed), "--json"]);
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  }
  const [code] = await once(child, "close");
  expect(code, written.stderr + written.stdout).toBe(0);
  return JSON.parse(written.stdout);
}

test.skipIf(databaseName === "pglite")(
  "apps and servers that are killed lose nothing",
  { timeout: 300_000 },
  async () => {
    const { apps, servers } = await run("crash", "--database", provider, "--kills", "3", "--server-kills", "1");
    expect(apps).toMatchObject({ kills: 3, faults: [] });
    expect(apps.acknowledged).toBeGreaterThan(0);
    if (provider === "sqlite") expect(servers).toBeNull();
    else expect(servers).toMatchObject({ kills: 1, survivors: 2, faults: [] });
  },
);

test.runIf(["postgresql", "mysql"].includes(databaseName))(
  "writers and settlers at once leave every digest exact",
  { timeout: 300_000 },
  async () => {
    const { phases } = await run("concurrency", "--database", provider, "--seconds", "3", "--writers", "3");
    const { written, settled, deadlocks } = phases["triggers and settlers"];
    expect(written).toBeGreaterThan(0);
    expect(settled).toBeGreaterThan(0);
    expect(deadlocks.settler).toBe(0);
  },
);
