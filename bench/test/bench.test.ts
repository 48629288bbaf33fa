import { expect, test } from "vitest";
import { browserPath } from "../src/first-sync/browser.js";
import { run } from "../src/run.js";

/** Runs the benches as `npm run bench` does. */
async function bench(...args: string[]) {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({ write: (text: string) => (written[name] += text) });
  const code = await run(args, output("stdout"), output("stderr"));
  return { code, ...written };
}

test("every bench runs, and prints its figures as JSON", async () => {
  const { code, stdout, stderr } = await bench("--quick", "--json");
  expect(code).toBe(0);
  expect(stderr.split("\n")[0]).toMatch(/Node v\d+/);

  const entries = JSON.parse(stdout) as Record<string, unknown>[];
  for (const entry of entries) {
    expect(Object.keys(entry).filter((key) => !["name", "value", "unit", "baseline", "ratio"].includes(key))).toEqual(
      [],
    );
    expect(entry).toMatchObject({ name: expect.any(String), value: expect.any(Number), unit: expect.any(String) });
    expect(Number.isFinite(entry.value)).toBe(true);
    if ("baseline" in entry || "ratio" in entry) {
      expect(entry.ratio).toBeCloseTo((entry.value as number) / (entry.baseline as number), 10);
    }
  }
  const names = entries.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      ...["encode_digest.us_per_row", "root.us_per_row", "sketch.us_per_row", "peel.ms.d=10000", "settle.rows_per_s"],
      ...["write.create.ratio", "write.update.ratio", "write.createMany.ratio", "verify.unchanged.ratio"],
      ...["first_sync.sqlite.ratio", "first_sync.sqlite.bytes.ratio", "first_sync.sqlite.gzip.bytes.ratio"],
      ...["wire.n=2k.d=0", "wire.n=2k.d=1", "wire.n=2k.d=3", "wire.n=2k.d=10", "wire.n=2k.d=3.requests.p99"],
    ]),
  );
  expect(new Set(names).size).toBe(names.length);
  if (browserPath === undefined) expect(stderr).toContain("NOT MEASURED: there is no Chromium here");
  else {
    const figures = ["ratio", "bytes.ratio", "gzip.bytes.ratio", "longest_block_ms"];
    expect(names).toEqual(expect.arrayContaining(figures.map((figure) => `first_sync.indexeddb.${figure}`)));
  }
  // The same changes every time: bytes are no matter of luck. With the row encodings they would be above.
  const value = (name: string) => entries.find((entry) => entry.name === name)?.value;
  expect(value("wire.n=2k.d=0")).toBeLessThanOrEqual(150);
  expect(value("wire.n=2k.d=3")).toBeLessThanOrEqual(700);
  expect(value("first_sync.sqlite.bytes.ratio")).toBeLessThanOrEqual(1);
}, 180_000);

test("--only runs what has a matching figure, and --check judges byte counts and requests", async () => {
  const { code, stdout, stderr } = await bench("--quick", "--check", "--only", "d=3$");
  const figures = stdout.split("\n").filter((line) => /^\S+\.\S+ +\d/.test(line));
  expect(figures.map((line) => line.split(" ")[0])).toEqual([
    ...["wire.n=2k.d=3", "wire.n=2k.d=3.p99", "wire.n=2k.d=3.requests.p99", "wire.n=2k.d=3.one_request.share"],
  ]);
  // The targets are those of 135,233 rows, and a check of nothing must not pass.
  expect(stderr).toContain("0 of 0 targets");
  expect(code).toBe(1);
});

test.each([
  [["--only", "nothing like it"], "wire.n=135k.d=1000"],
  [["--only", "("], "--only"],
  [["--runs", "0"], "--runs"],
  [["--times"], "--check"],
  [["--fast"], "--fast"],
])("%j is refused with exit code 2 and says why", async (args, reason) => {
  const { code, stdout, stderr } = await bench(...args);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(reason);
});
