import { describe, expect, it } from "vitest";
import { later, mending } from "../src/later.js";
import { failure } from "./setup.js";

describe("a part that is loaded later", () => {
  it("is there when it is asked for", async () => {
    expect(Object.keys(await mending()).sort()).toEqual(["adopt", "adoptServerManifest", "audit"]);
  });

  it("that cannot be loaded: an error that says what to import", async () => {
    const cause = new TypeError("Failed to fetch dynamically imported module");
    const error = await failure(later(Promise.reject(cause), "mend"), "network");
    expect(error.message).toMatch(/reload, or import @digest-sync\/client\/mend/);
    expect(error.cause).toBe(cause);
  });
});
