import { expect, test } from "vitest";
import { parseOptions } from "../src/demo/options.js";
import { runDemo } from "../src/demo/run.js";
import type { Scene } from "../src/demo/stage.js";
import { scenes } from "../src/demo/story.js";
import { Printed, small, temporaryFolder } from "./example.js";

function surroundings() {
  const interrupt = new AbortController();
  const stdout = new Printed();
  const stderr = new Printed();
  return { interrupt, stdout, stderr, folder: temporaryFolder(), size: small, signal: interrupt.signal };
}

const forgotten: Scene = {
  name: "forgotten",
  async play({ prisma, ada }) {
    await prisma.account.update({ where: { id: ada.account.id }, data: { name: "Augusta" } });
    return { what: "", cost: { requests: 0, bytesUp: 0, bytesDown: 0, rows: 0, ms: 0 } };
  },
};

test("with --json stdout is one object, and the table is on stderr", async () => {
  const here = surroundings();
  expect(await runDemo(parseOptions(["--once", "--json"]), here)).toBe(0);
  const { steps } = JSON.parse(here.stdout.text);
  expect(steps.map(({ name }: { name: string }) => name)).toEqual(scenes.map(({ name }) => name));
  for (const step of steps) {
    const keys = ["name", "requests", "bytesUp", "bytesDown", "rows", "ms", "equal", "fullBytes"];
    expect(Object.keys(step)).toEqual(keys);
  }
  expect(here.stderr.text).toContain("Equal every time");
});

test("a step that is not equal makes the exit code 1 and names the row", async () => {
  const here = surroundings();
  expect(await runDemo(parseOptions([]), { ...here, scenes: [...scenes.slice(0, 1), forgotten] })).toBe(1);
  expect(here.stdout.text).toContain(
    'Not equal after "forgotten": Account account-ada has another "name" on the device.',
  );
  expect(here.stdout.text).not.toContain("Equal every time");
});

test("without --once it stays up, shows what is changed through the printed URL, and ends with the signal", async () => {
  const here = surroundings();
  const seen = (text: string) =>
    new Promise<void>((resolve) => {
      here.stdout.onWrite = () => here.stdout.text.includes(text) && resolve();
    });
  const invited = seen("Ctrl-C ends it.");
  const ended = runDemo(parseOptions([]), { ...here, scenes: scenes.slice(0, 1) });
  await invited;

  const shown = seen("you changed something");
  const [, url, token] = /curl (\S+) -H 'authorization: (Bearer \S+)'/.exec(here.stdout.text) ?? [];
  const response = await fetch(String(url), {
    method: "POST",
    headers: { authorization: String(token), "content-type": "application/json" },
    body: JSON.stringify({ name: "Mary Jackson" }),
  });
  expect(response.status).toBe(201);
  await shown;
  here.interrupt.abort();
  expect(await ended).toBe(0);
});

test("the signal also ends it in the middle of the story", async () => {
  const here = surroundings();
  const interrupting: Scene = {
    name: "interrupting",
    play: async () => {
      here.interrupt.abort();
      return { what: "", cost: { requests: 0, bytesUp: 0, bytesDown: 0, rows: 0, ms: 0 } };
    },
  };
  const ended = runDemo(parseOptions([]), { ...here, scenes: [...scenes.slice(0, 1), interrupting, forgotten] });
  await expect(ended).rejects.toMatchObject({ name: "AbortError" });
  expect(here.stdout.text).not.toContain("forgotten");
});
