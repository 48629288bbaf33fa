import { Decimal } from "@prisma/client/runtime/client";
import { describe, expect, it } from "vitest";
import { decimalText, isDecimalText } from "../src/decimal.js";
import { fc } from "./property.js";

describe("decimal text", () => {
  it.each([
    ["0", "0"],
    ["-0.00", "0"],
    [".5", "0.5"],
    ["5.", "5"],
    ["+5", "5"],
    ["007.700", "7.7"],
    ["-1.5e3", "-1500"],
    ["1.23e-4", "0.000123"],
    ["100e-2", "1"],
    ["120e-1", "12"],
    ["0.00012e2", "0.012"],
    ["0.00012e5", "12"],
    ["0e999999999", "0"],
    ["9".repeat(60), "9".repeat(60)],
    [1e-7, "0.0000001"],
    [123456789012345680000, "123456789012345680000"],
    [0.1 + 0.2, "0.30000000000000004"],
    [-5n, "-5"],
  ])("%s is %s", (value, text) => {
    expect(decimalText(value)).toBe(text);
    expect(isDecimalText(text)).toBe(true);
  });

  it("is the plain notation of Decimal.js, whatever notation the value came in", () => {
    const notation = fc
      .tuple(
        fc.constantFrom("", "-", "+"),
        fc.stringMatching(/^\d{1,25}$/),
        fc.option(fc.stringMatching(/^\d{1,25}$/)),
        fc.option(fc.integer({ min: -60, max: 60 })),
      )
      .map(([sign, whole, fraction, exponent]) =>
        [sign, whole, fraction === null ? "" : `.${fraction}`, exponent === null ? "" : `e${exponent}`].join(""),
      );
    fc.assert(
      fc.property(notation, (text) => {
        const value = new Decimal(text);
        const expected = value.isZero() ? "0" : value.toFixed();
        expect(decimalText(text)).toBe(expected);
        expect(decimalText(value)).toBe(expected);
        expect(decimalText(expected)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes the largest number PostgreSQL holds, and no exponent that would fill the memory", () => {
    const largest = `${"9".repeat(131_072)}.${"9".repeat(16_383)}`;
    expect(decimalText(largest)).toBe(largest);
    for (const text of ["1e999999999", "1e-999999999", "1e9999999999", "1e200000"])
      expect(() => decimalText(text)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });

  it.each([
    "",
    "-",
    ".",
    "1e",
    "e1",
    "1 ",
    "0x1",
    "1_0",
    "NaN",
    "Infinity",
    "١",
    NaN,
    Infinity,
    true,
    {},
    [],
    new Date(0),
    null,
  ])("refuses %s", (value) => {
    expect(() => decimalText(value)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});
