import { describe, expect, it } from "vitest";
import { compareKeys, keyOfParts, keyText, parseKey, scopeText } from "../src/key.js";
import type { Collection, FieldType } from "../src/manifest.js";
import { fc } from "./property.js";

function keyedBy(...types: FieldType[]): Collection {
  const fields = types.map((type, i) => ({ name: `k${i}`, type }));
  return { name: "Thing", fields, key: fields.map(({ name }) => name), scope: [] };
}

const one = keyedBy("String");
const two = keyedBy("String", "String");

describe("key text", () => {
  it("of one field is its text, unescaped", () => {
    expect(keyText(one, { k0: "a~b/c" })).toBe("a~b/c");
    expect(keyText(one, { k0: "" })).toBe("");
    expect(keyText(keyedBy("Int"), { k0: -0 })).toBe("0");
    expect(keyText(keyedBy("Int"), { k0: 7n })).toBe("7");
    expect(keyText(keyedBy("BigInt"), { k0: -(2n ** 63n) })).toBe("-9223372036854775808");
    expect(keyText(keyedBy("BigInt"), { k0: 7 })).toBe("7");
    expect(keyText(keyedBy("Enum"), { k0: "ON" })).toBe("ON");
  });

  it("of several fields escapes ~ and / as JSON Pointer does", () => {
    expect(keyText(two, { k0: "a/b", k1: "~1" })).toBe("a~1b/~01");
    expect(keyText(two, { k0: "", k1: "" })).toBe("/");
    expect(keyOfParts(["a/b", "~1"])).toBe("a~1b/~01");
    expect(keyOfParts(["a/b"])).toBe("a/b");
    expect(keyOfParts([1, 2n])).toBe("1/2");
  });

  it("of several fields is in the order of the key, not of the fields", () => {
    expect(keyText({ ...two, key: ["k1", "k0"] }, { k0: "a", k1: "b" })).toBe("b/a");
  });

  it("replaces unpaired surrogates, as the database and the row encoding do", () => {
    expect(keyText(one, { k0: "a\ud800b\udc00𝄞" })).toBe("a\ufffdb\ufffd𝄞");
  });

  it("is different for different keys, and parses back into them", () => {
    const part = fc.string({ unit: fc.constantFrom("~", "/", "0", "1", "a", "𝄞"), maxLength: 6 });
    fc.assert(
      fc.property(fc.tuple(part, part), fc.tuple(part, part), ([a, b], [c, d]) => {
        const left = keyText(two, { k0: a, k1: b });
        expect(parseKey(two, left)).toEqual([a, b]);
        expect(left === keyText(two, { k0: c, k1: d })).toBe(a === c && b === d);
      }),
    );
  });

  it.each<[string, Collection, Record<string, unknown>]>([
    ["a missing field", one, {}],
    ["a null field", one, { k0: null }],
    ["a number for String", one, { k0: 1 }],
    ["text for Int", keyedBy("Int"), { k0: "1" }],
    ["a fraction for Int", keyedBy("Int"), { k0: 1.5 }],
    ["an unsafe Int", keyedBy("Int"), { k0: 2 ** 53 }],
    ["an unsafe bigint for Int", keyedBy("Int"), { k0: 2n ** 53n }],
    ["a BigInt beyond 64 bits", keyedBy("BigInt"), { k0: 2n ** 64n }],
    ["a type that is no key's", keyedBy("DateTime"), { k0: new Date(0) }],
    ["a key field the collection does not have", { ...one, key: ["other"] }, { other: "x" }],
  ])("refuses %s", (_, collection, row) => {
    expect(() => keyText(collection, row)).toThrow(
      expect.objectContaining({ code: "unencodable", collection: "Thing" }),
    );
  });
});

describe("parsing a key", () => {
  it("gives each value in its field's type", () => {
    expect(parseKey(keyedBy("Int", "BigInt", "String", "Enum"), "-1/2/3/ON")).toEqual([-1, 2n, "3", "ON"]);
    expect(parseKey(one, "a/~b")).toEqual(["a/~b"]);
    expect(parseKey(keyedBy("BigInt"), "18446744073709551615")).toEqual([2n ** 64n - 1n]);
  });

  it.each<[string, Collection, string]>([
    ["too few parts", two, "a"],
    ["too many parts", two, "a/b/c"],
    ["a bare ~", two, "~/b"],
    ["~2", two, "~2/b"],
    ["an Int with a leading zero", keyedBy("Int"), "01"],
    ["an Int with a plus", keyedBy("Int"), "+1"],
    ["-0", keyedBy("Int"), "-0"],
    ["an empty Int", keyedBy("Int"), ""],
    ["an Int with a space", keyedBy("Int"), "1 "],
    ["an unsafe Int", keyedBy("Int"), "9007199254740992"],
    ["a BigInt beyond 64 bits", keyedBy("BigInt"), "18446744073709551616"],
    ["a BigInt of a million digits", keyedBy("BigInt"), "1".repeat(1_000_000)],
  ])("refuses %s", (_, collection, text) => {
    expect(() => parseKey(collection, text)).toThrow(expect.objectContaining({ code: "invalid-message" }));
  });
});

describe("scope text", () => {
  it("escapes a single part too, so that ~ can stand for null", () => {
    expect(scopeText(["~"])).toBe("~0");
    expect(scopeText([null])).toBe("~");
    expect(scopeText(["a/b", null, 3, 4n])).toBe("a~1b/~/3/4");
    expect(scopeText([])).toBe("");
    expect(scopeText([""])).toBe("");
    expect(scopeText([-0])).toBe("0");
  });

  it("is different for different values", () => {
    const value = fc.option(fc.string({ unit: fc.constantFrom("~", "/", "0", "1"), maxLength: 4 }));
    fc.assert(
      fc.property(fc.tuple(value, value), fc.tuple(value, value), (a, b) => {
        expect(scopeText(a) === scopeText(b)).toBe(a[0] === b[0] && a[1] === b[1]);
      }),
    );
  });

  it.each([1.5, NaN, 2 ** 53])("refuses the number %s", (value) => {
    expect(() => scopeText([value])).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});

describe("order of keys", () => {
  it("is the order of their UTF-8 bytes", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "é", "\ud7ff", "\ue000", "\uffff", "𝄞", "\u{10ffff}"),
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1_000 },
    );
  });
});
