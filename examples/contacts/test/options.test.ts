import { expect, test } from "vitest";
import { parseOptions, usage } from "../src/demo/options.js";

test("nothing is asked for by default", () => {
  expect(parseOptions([])).toEqual({ once: false, json: false, fresh: false, help: false, port: 0 });
});

test("every option is in the usage, and understood", () => {
  const options = parseOptions(["--once", "--json", "--fresh", "--help", "--port", "3000"]);
  expect(options).toEqual({ once: true, json: true, fresh: true, help: true, port: 3000 });
  for (const name of Object.keys(options)) expect(usage).toContain(`--${name}`);
});

test.each([
  [["--twice"], "--twice"],
  [["now"], "now"],
  [["--port", "http"], '--port needs a number up to 65535, not "http"'],
  [["--port", "65536"], "65536"],
  [["--port", "-1"], "--port"],
  [["--port"], "--port"],
  [["--once=no"], "--once"],
])("%j is refused with a reason", (args, reason) => {
  expect(() => parseOptions(args)).toThrow(reason);
});
