import { decode } from "cborg";
import { describe, expect, it } from "vitest";
import { CborReader, CborWriter, readValue, skipValue } from "../src/cbor.js";
import { fromHex, toHex } from "../src/hex.js";
import { oracle } from "./encoding-oracle.js";
import { fc } from "./property.js";

function written(write: (writer: CborWriter) => void): string {
  const writer = new CborWriter(1);
  write(writer);
  return toHex(writer.finish());
}

function read(hex: string): unknown {
  const reader = new CborReader(fromHex(hex));
  const value = readValue(reader);
  reader.end();
  return value;
}

describe("CBOR writer", () => {
  // RFC 8949, appendix A, as far as it is in the profile.
  it.each<[string, (writer: CborWriter) => void]>([
    ["00", (writer) => writer.uint(0)],
    ["17", (writer) => writer.uint(23)],
    ["1818", (writer) => writer.uint(24)],
    ["1864", (writer) => writer.int(100)],
    ["1903e8", (writer) => writer.int(1000)],
    ["1a000f4240", (writer) => writer.int(1000000)],
    ["1b000000e8d4a51000", (writer) => writer.int(1000000000000)],
    ["1bffffffffffffffff", (writer) => writer.bigint(18446744073709551615n)],
    ["3bffffffffffffffff", (writer) => writer.bigint(-18446744073709551616n)],
    ["3903e7", (writer) => writer.int(-1000)],
    ["fb3ff199999999999a", (writer) => writer.float64(1.1)],
    ["fb7e37e43c8800759c", (writer) => writer.float64(1.0e300)],
    ["fb7ff0000000000000", (writer) => writer.float64(Infinity)],
    ["f4", (writer) => writer.bool(false)],
    ["f6", (writer) => writer.null()],
    ["4401020304", (writer) => writer.bytes(Uint8Array.of(1, 2, 3, 4))],
    ["6449455446", (writer) => writer.text("IETF")],
    ["62225c", (writer) => writer.text('"\\')],
    ["64f0908591", (writer) => writer.text("\ud800\udd51")],
    ["80", (writer) => writer.arrayHeader(0)],
    ["a0", (writer) => writer.mapHeader(0)],
  ])("writes %s", (hex, write) => {
    expect(written(write)).toBe(hex);
    if (!hex.startsWith("3bff")) expect(read(hex)).toEqual(decode(fromHex(hex)));
  });

  it("writes NaN with one bit pattern, whatever payload it carries", () => {
    const payload = new Float64Array(Uint8Array.of(1, 0, 0, 0, 0, 0, 0xf8, 0xff).buffer);
    expect(written((writer) => writer.float64(payload[0]!))).toBe("fb7ff8000000000000");
  });

  it("writes text of any length as the oracle does, around every change of the head", () => {
    for (const unit of ["a", "é", "€", "𝄞", "\ud800"])
      for (const length of [0, 1, 7, 8, 11, 12, 22, 23, 24, 85, 86, 127, 128, 255, 256, 21845, 21846, 65535, 65536]) {
        const text = unit.repeat(length);
        expect(written((writer) => writer.text(text)) === toHex(oracle(text)), `${unit} x ${length}`).toBe(true);
      }
  });
});

describe("CBOR reader", () => {
  it("reads what the oracle writes", () => {
    const leaf = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
      fc.double({ noInteger: true }),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree")),
        fc.dictionary(fc.string({ unit: "grapheme" }), tie("tree"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const hex = toHex(oracle(value));
        expect(read(hex)).toEqual(value);
        const skipping = new CborReader(fromHex(hex));
        skipValue(skipping);
        skipping.end();
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    "",
    "18",
    "19ff",
    "1bffffff",
    "61",
    "41",
    "81",
    "a1",
    "a161",
    "fb00",
    "7f",
    "ff",
    "c1",
    "f7",
    "f800",
    "f90000",
    "1c",
  ])("refuses the truncated or foreign %s, whether it builds or skips", (hex) => {
    const malformed = expect.objectContaining({ code: "malformed" });
    expect(() => read(hex)).toThrow(malformed);
    expect(() => skipValue(new CborReader(fromHex(hex)))).toThrow(malformed);
  });

  it("refuses nesting that would overflow the stack", () => {
    const malformed = expect.objectContaining({ code: "malformed", message: expect.stringContaining("too deeply") });
    const arrays = "81".repeat(100_000);
    const maps = "a16161".repeat(100_000);
    for (const hex of [arrays, maps]) {
      expect(() => read(hex)).toThrow(malformed);
      expect(() => skipValue(new CborReader(fromHex(hex)))).toThrow(malformed);
    }
  });

  it("keeps a byte order mark, which is text like any other", () => {
    expect(read(toHex(oracle("\ufeffa")))).toBe("\ufeffa");
    expect(read(toHex(oracle(`\ufeff${"a".repeat(100)}`)))).toBe(`\ufeff${"a".repeat(100)}`);
  });

  it.each<[string, (reader: CborReader) => unknown, string]>([
    ["scalar of an integer", (reader) => reader.scalar("integer"), "6131"],
    ["scalar of a float", (reader) => reader.scalar("float"), "01"],
    ["scalar of text", (reader) => reader.scalar("text"), "4131"],
    ["scalar of bytes", (reader) => reader.scalar("bytes"), "6131"],
    ["scalar of a boolean", (reader) => reader.scalar("boolean"), "f6"],
    ["scalar of null", (reader) => reader.scalar("null"), "f4"],
    ["header of an array", (reader) => reader.header("array"), "a0"],
    ["header of a map", (reader) => reader.header("map"), "80"],
    ["key", (reader) => reader.key(-1), "01"],
  ])("%s refuses an item of another type", (_, method, hex) => {
    expect(() => method(new CborReader(fromHex(hex)))).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});
