import { Decimal } from "@prisma/client/runtime/client";
import { describe, expect, it } from "vitest";
import { matchesFilter } from "../src/filter.js";
import type { Collection, Field, FilterValue } from "../src/manifest.js";

function passes(field: Omit<Field, "name">, actual: unknown, expected: FilterValue): boolean {
  const collection: Collection = {
    name: "Thing",
    fields: [{ name: "v", ...field }],
    key: [],
    scope: [],
    where: { v: expected },
  };
  return matchesFilter(collection, { v: actual });
}

describe("collection filter", () => {
  it.each<[Omit<Field, "name">, unknown, FilterValue, boolean]>([
    [{ type: "String" }, "a", "a", true],
    [{ type: "String" }, "a", "A", false],
    [{ type: "String" }, "", null, false],
    [{ type: "String" }, null, null, true],
    [{ type: "String" }, undefined, null, true],
    [{ type: "String" }, null, "", false],
    [{ type: "Boolean" }, false, false, true],
    [{ type: "Boolean" }, null, false, false],
    [{ type: "Int" }, 5, 5, true],
    [{ type: "Int" }, 5n, 5, true],
    [{ type: "BigInt" }, 5n, 5, true],
    [{ type: "BigInt" }, 2n ** 63n, "9223372036854775808", true],
    [{ type: "BigInt" }, 2n ** 53n + 1n, 2 ** 53, false],
    [{ type: "Float" }, -0, 0, true],
    [{ type: "Float", single: true }, Math.fround(0.1), 0.1, true],
    [{ type: "Float", single: true }, 0.1, 0.1, true],
    [{ type: "Float" }, Math.fround(0.1), 0.1, false],
    [{ type: "Decimal" }, new Decimal("1.50"), "1.5", true],
    [{ type: "Decimal" }, "1.50", 1.5, true],
    [{ type: "Decimal" }, "1.51", "1.5", false],
    [{ type: "DateTime" }, new Date(0), "1970-01-01T00:00:00Z", true],
    [{ type: "DateTime" }, new Date(1), "1970-01-01T00:00:00Z", false],
    [{ type: "DateTime" }, new Date(NaN), "1970-01-01T00:00:00Z", false],
    [{ type: "Enum" }, "ON", "ON", true],
  ])("%j: %s against %s is %s", (field, actual, expected, result) => {
    expect(passes(field, actual, expected)).toBe(result);
  });

  it("asks for every condition, and for none without a filter", () => {
    const collection: Collection = {
      name: "Thing",
      fields: [],
      key: [],
      scope: [],
      where: { hidden: 3, archived: false, at: "1970-01-01" },
    };
    const row = { hidden: 3n, archived: false, at: new Date(0) };
    expect(matchesFilter(collection, row)).toBe(true);
    for (const name of Object.keys(row)) expect(matchesFilter(collection, { ...row, [name]: null })).toBe(false);
    expect(matchesFilter({ name: "Thing", fields: [], key: [], scope: [] }, {})).toBe(true);
  });
});
