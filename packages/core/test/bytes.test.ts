import { describe, expect, it } from "vitest";
import { compareBytes, concatBytes, equalBytes, isBytes } from "../src/bytes.js";
import { fromHex, toHex } from "../src/hex.js";
import { fc } from "./property.js";

describe("bytes", () => {
  it("have one hexadecimal text", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(["0", "000", "0g", "g0", "0F", "A0", " 0", "0x", "0/", "0:", "0`", "éé"])("are not read from %j", (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  it("compare as Buffer does", () => {
    const short = fc.uint8Array({ max: 2, maxLength: 4 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(concatBytes(a, b)).toEqual(new Uint8Array(Buffer.concat([a, b])));
      }),
      { numRuns: 500 },
    );
    expect(concatBytes()).toHaveLength(0);
  });

  it("are told from everything else", () => {
    expect([new Uint8Array(1), Buffer.alloc(1)].every(isBytes)).toBe(true);
    expect([[], "00", null, undefined, new Uint16Array(1), new ArrayBuffer(1), { length: 0 }].some(isBytes)).toBe(
      false,
    );
  });
});
