import { describe, expect, it } from "vitest";
import { registerAlgorithm } from "../src/algorithm.js";
import { compileDigest } from "../src/digest.js";
import type { DigestSyncError } from "../src/errors.js";
import { toHex } from "../src/hex.js";
import type { Collection, Field } from "../src/manifest.js";
import { compileRowDecoder } from "../src/row-decoder.js";
import { compileRowDigest, compileRowEncoder } from "../src/row-encoder.js";
import { encodeByOracle, throughUtf8 } from "./encoding-oracle.js";
import { fc } from "./property.js";
import { collectionAndRow } from "./row-arbitraries.js";

const id: Field = { name: "id", type: "String" };

function collectionOf(...fields: Field[]): Collection {
  return { name: "Thing", fields: [id, ...fields], key: ["id"], scope: [] };
}

/** The hex of the one field `v` within the encoding of {id: "1", v: value}. */
function encoded(field: Omit<Field, "name">, value: unknown): string {
  const hex = toHex(compileRowEncoder(collectionOf({ name: "v", ...field }))({ id: "1", v: value }));
  // {"v": ..., "id": "1"}: the shorter name first.
  expect(hex.startsWith("a26176") && hex.endsWith("6269646131")).toBe(true);
  return hex.slice(6, -10);
}

function refusal(field: Omit<Field, "name">, value: unknown): DigestSyncError {
  try {
    compileRowEncoder(collectionOf({ name: "v", ...field }))({ id: "k1", v: value });
  } catch (error) {
    return error as DigestSyncError;
  }
  throw new Error("was not refused");
}

describe("row encoding", () => {
  it("is byte for byte what a general CBOR library writes, for every field type", () => {
    fc.assert(
      fc.property(collectionAndRow, ({ collection, row }) => {
        expect(toHex(compileRowEncoder(collection)(row))).toBe(toHex(encodeByOracle(collection, row)));
      }),
      { numRuns: 300 },
    );
  });

  it("comes back from the decoder, and encodes to the same bytes again", () => {
    fc.assert(
      fc.property(collectionAndRow, ({ collection, row }) => {
        const encode = compileRowEncoder(collection);
        const encoding = encode(row);
        const decoded = compileRowDecoder(collection)(encoding);
        expect(Object.keys(decoded)).toEqual(collection.fields.map(({ name }) => name));
        for (const { name, type, list } of collection.fields) {
          const value = row[name];
          if (value === null || value === undefined) expect(decoded[name]).toEqual(list ? [] : null);
          else if (list || type === "Json" || type === "Decimal" || type === "Float") continue;
          else if (typeof value === "string") expect(decoded[name]).toBe(throughUtf8(value));
          else expect(decoded[name]).toEqual(value);
        }
        expect(toHex(encode(decoded))).toBe(toHex(encoding));
      }),
      { numRuns: 300 },
    );
  });

  it("leaves null, undefined and missing fields out, so that a new nullable column changes no digest", () => {
    const before = compileRowEncoder(collectionOf())({ id: "1" });
    const encode = compileRowEncoder(collectionOf({ name: "note", type: "String", optional: true }));
    expect(encode({ id: "1", note: null })).toEqual(before);
    expect(encode({ id: "1", note: undefined })).toEqual(before);
    expect(encode({ id: "1" })).toEqual(before);
  });

  it("encodes a null list as the empty list", () => {
    const encode = compileRowEncoder(collectionOf({ name: "tags", type: "String", list: true }));
    expect(toHex(encode({ id: "1", tags: null }))).toBe("a262696461316474616773" + "80");
    expect(encode({ id: "1" })).toEqual(encode({ id: "1", tags: [] }));
  });

  it("looks at the collection's fields only", () => {
    const encode = compileRowEncoder(collectionOf());
    expect(encode({ id: "1", secret: "x", toString: 1 })).toEqual(encode({ id: "1" }));
  });

  it("does not depend on the order of the fields in the schema", () => {
    const fields: Field[] = ["bb", "a", "c", "aa"].map((name) => ({ name, type: "Int" }));
    const row = { id: "1", bb: 1, a: 2, c: 3, aa: 4 };
    const hex = "a561610261630362616104626262016269646131";
    expect(toHex(compileRowEncoder(collectionOf(...fields))(row))).toBe(hex);
    expect(toHex(compileRowEncoder(collectionOf(...fields.reverse()))(row))).toBe(hex);
  });

  it.each([23, 24, 25, 255, 256, 257])(
    "writes the shortest map header around %i fields, however many are null",
    (most) => {
      const fields = Array.from({ length: most }, (_, i): Field => ({ name: `f${i}`, type: "Int" }));
      const collection = collectionOf(...fields);
      for (const present of [0, 1, most - 2, most - 1, most]) {
        const row = { id: "1", ...Object.fromEntries(fields.slice(0, present).map(({ name }, i) => [name, i])) };
        expect(toHex(compileRowEncoder(collection)(row))).toBe(toHex(encodeByOracle(collection, row)));
      }
    },
  );

  it("encodes rows far larger than its first buffer, and small ones after them", () => {
    const collection = collectionOf({ name: "v", type: "String" });
    const encode = compileRowEncoder(collection);
    for (const row of [
      { id: "1", v: "x".repeat(3_000_000) },
      { id: "2", v: "ü€𝄞".repeat(30_000) },
      { id: "3", v: "" },
    ])
      expect(Buffer.compare(encode(row), encodeByOracle(collection, row))).toBe(0);
  });

  it("gives bytes that later calls do not change", () => {
    const encode = compileRowEncoder(collectionOf());
    const first = encode({ id: "1" });
    const copy = first.slice();
    encode({ id: "2" });
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(first.length);
  });

  it("survives a getter that encodes another row meanwhile", () => {
    const encode = compileRowEncoder(collectionOf({ name: "v", type: "Json" }));
    const row = {
      id: "1",
      get v() {
        return encode({ id: "2" }).length;
      },
    };
    expect(encode(row)).toEqual(encode({ id: "1", v: encode({ id: "2" }).length }));
  });

  it("digests in place to the digest of the encoding", () => {
    const collection = collectionOf({ name: "v", type: "String" });
    const digest = compileRowDigest(collection, "sha256");
    for (const v of ["", "x".repeat(2_000_000), null, "ü"]) {
      const encoding = compileRowEncoder(collection)({ id: "1", v });
      expect(digest({ id: "1", v })).toEqual(compileDigest("Thing", "sha256")(encoding));
    }
  });
});

describe("an algorithm that fails", () => {
  it("fails the digest with its own error, and not the rows after", () => {
    const cause = new Error("no memory");
    let broken = true;
    registerAlgorithm({
      name: "test-broken",
      hash: (bytes) => {
        if (broken) throw cause;
        return Uint8Array.of(bytes.length);
      },
    });
    const digest = compileRowDigest(collectionOf(), "test-broken");
    expect(() => digest({ id: "1" })).toThrow(cause);
    broken = false;
    expect(digest({ id: "1" })[0]).toBe("\x82eThing\xa1bida1".length);
  });
});

describe("values that are encoded", () => {
  it.each<[string, Omit<Field, "name">, unknown, string]>([
    ["text", { type: "String" }, "é", "62c3a9"],
    ["text with an unpaired surrogate, as TextEncoder does", { type: "String" }, "a\ud800b", "6561efbfbd62"],
    ["an enum value", { type: "Enum" }, "ON", "624f4e"],
    ["Int 0", { type: "Int" }, 0, "00"],
    ["Int -0", { type: "Int" }, -0, "00"],
    ["Int -1", { type: "Int" }, -1, "20"],
    ["Int as bigint", { type: "Int" }, 24n, "1818"],
    ["Int, largest", { type: "Int" }, 2 ** 53 - 1, "1b001fffffffffffff"],
    ["Int, smallest", { type: "Int" }, -(2 ** 53 - 1), "3b001ffffffffffffe"],
    ["BigInt as number", { type: "BigInt" }, -25, "3818"],
    ["BigInt 2^32", { type: "BigInt" }, 2n ** 32n, "1b0000000100000000"],
    ["BigInt, smallest signed", { type: "BigInt" }, -(2n ** 63n), "3b7fffffffffffffff"],
    ["BigInt, largest unsigned", { type: "BigInt" }, 2n ** 64n - 1n, "1bffffffffffffffff"],
    ["Float that is whole", { type: "Float" }, 1, "fb3ff0000000000000"],
    ["Float -0", { type: "Float" }, -0, "fb0000000000000000"],
    ["Float NaN", { type: "Float" }, NaN, "fb7ff8000000000000"],
    ["Float -Infinity", { type: "Float" }, -Infinity, "fbfff0000000000000"],
    ["Float, single precision", { type: "Float", single: true }, 0.1, "fb3fb99999a0000000"],
    ["Boolean", { type: "Boolean" }, false, "f4"],
    ["DateTime as Date", { type: "DateTime" }, new Date(-1), "20"],
    ["DateTime as ISO text", { type: "DateTime" }, "1970-01-01T01:00:00.001+01:00", "01"],
    ["DateTime as date only", { type: "DateTime" }, "1970-01-01", "00"],
    ["DateTime as milliseconds", { type: "DateTime" }, 256, "190100"],
    ["Bytes", { type: "Bytes" }, Uint8Array.of(1, 2), "420102"],
    ["Bytes as Buffer", { type: "Bytes" }, Buffer.from("0102", "hex"), "420102"],
    ["Decimal as text", { type: "Decimal" }, "-01.500", "642d312e35"],
    ["Decimal as number", { type: "Decimal" }, 1e21, "7631303030303030303030303030303030303030303030"],
    ["Json false", { type: "Json" }, false, "f4"],
    ["Json 1.0", { type: "Json" }, 1.0, "01"],
    ["Json -0", { type: "Json" }, -0, "00"],
    ["Json 1.5", { type: "Json" }, 1.5, "fb3ff8000000000000"],
    ["Json 2^53, no longer safe", { type: "Json" }, 2 ** 53, "fb4340000000000000"],
    ["Json with nested null", { type: "Json" }, { a: null, b: [null] }, "a26161f6616281f6"],
    ["Json with an undefined member", { type: "Json" }, { a: undefined, b: 1 }, "a1616201"],
    ["Json keys, shorter first", { type: "Json" }, { aa: 1, b: 2, é: 3, a: 4 }, "a461610461620262616101" + "62c3a903"],
    ["Json with a key __proto__", { type: "Json" }, JSON.parse('{"__proto__":1}'), "a1695f5f70726f746f5f5f01"],
    ['Json with {"/": ...}, which is no link', { type: "Json" }, { "/": "x" }, "a1612f6178"],
    ["Json without prototype", { type: "Json" }, Object.assign(Object.create(null), { a: 1 }), "a1616101"],
    ["Json list with null", { type: "Json", list: true }, [null, 1], "82f601"],
    ["list", { type: "Int", list: true }, [2, 1], "820201"],
  ])("%s", (_, field, value, hex) => {
    expect(encoded(field, value)).toBe(hex);
  });

  it("takes Decimal objects, which is what Prisma returns", async () => {
    const { Decimal } = await import("@prisma/client/runtime/client");
    expect(encoded({ type: "Decimal" }, new Decimal("1.50e-9"))).toBe("6c302e30303030303030303135");
    expect(encoded({ type: "Decimal" }, new Decimal("-0"))).toBe("6130");
    expect(refusal({ type: "Decimal" }, new Decimal("NaN")).code).toBe("unencodable");
    expect(refusal({ type: "Decimal" }, new Decimal("-Infinity")).code).toBe("unencodable");
    expect(refusal({ type: "Decimal" }, new Decimal("1e900000000")).code).toBe("unencodable");
  });

  it("takes values of another realm, where instanceof fails", async () => {
    const { runInNewContext } = await import("node:vm");
    expect(encoded({ type: "DateTime" }, runInNewContext("new Date(7)"))).toBe("07");
    expect(encoded({ type: "Bytes" }, runInNewContext("Uint8Array.of(7)"))).toBe("4107");
    expect(encoded({ type: "Json" }, runInNewContext("({ a: [7] })"))).toBe("a161618107");
  });

  it("takes JSON as deep as the limit and no deeper", () => {
    const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    const collection = collectionOf({ name: "v", type: "Json" });
    const encoding = compileRowEncoder(collection)({ id: "1", v: nested(128) });
    expect(compileRowDecoder(collection)(encoding).v).toEqual(nested(128));
    expect(refusal({ type: "Json" }, nested(129)).message).toContain("nested deeper than 128");
  });
});

describe("values that are refused", () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;

  it.each<[string, Omit<Field, "name">, unknown]>([
    ["a number as String", { type: "String" }, 1],
    ["text as Int", { type: "Int" }, "1"],
    ["a fraction as Int", { type: "Int" }, 1.5],
    ["an unsafe Int", { type: "Int" }, 2 ** 53],
    ["an unsafe bigint as Int", { type: "Int" }, 2n ** 53n],
    ["NaN as Int", { type: "Int" }, NaN],
    ["an unsafe number as BigInt", { type: "BigInt" }, 2 ** 53],
    ["text as BigInt", { type: "BigInt" }, "1"],
    ["BigInt below 64 bits", { type: "BigInt" }, -(2n ** 63n) - 1n],
    ["BigInt above 64 bits", { type: "BigInt" }, 2n ** 64n],
    ["text as Float", { type: "Float" }, "1"],
    ["a bigint as Float", { type: "Float", single: true }, 1n],
    ["0 as Boolean", { type: "Boolean" }, 0],
    ["an invalid Date", { type: "DateTime" }, new Date(NaN)],
    ["text that is no date", { type: "DateTime" }, "yesterday"],
    ["a local time, which depends on the machine", { type: "DateTime" }, "2024-01-01T00:00:00"],
    ["milliseconds with a fraction", { type: "DateTime" }, 0.5],
    ["milliseconds beyond the range of dates", { type: "DateTime" }, 8.64e15 + 1],
    ["text as Bytes", { type: "Bytes" }, "00"],
    ["another typed array as Bytes", { type: "Bytes" }, new Uint16Array(1)],
    ["Decimal NaN", { type: "Decimal" }, "NaN"],
    ["Decimal Infinity", { type: "Decimal" }, -Infinity],
    ["text that is no Decimal", { type: "Decimal" }, "1,5"],
    ["empty text as Decimal", { type: "Decimal" }, ""],
    ["an array as Decimal", { type: "Decimal" }, [1]],
    ["a Decimal of a million digits", { type: "Decimal" }, "1e1000000"],
    ["JSON Infinity", { type: "Json" }, JSON.parse("1e400")],
    ["JSON NaN", { type: "Json" }, [NaN]],
    ["a bigint within JSON", { type: "Json" }, { a: 1n }],
    ["a function within JSON", { type: "Json" }, { a: () => 1 }],
    ["undefined within a JSON array", { type: "Json" }, [undefined]],
    ["a Date within JSON", { type: "Json" }, { a: new Date(0) }],
    ["a Map within JSON", { type: "Json" }, new Map()],
    ["circular JSON", { type: "Json" }, circular],
    ["JSON keys that are one in UTF-8", { type: "Json" }, { "\ud800": 1, "\ud801": 2 }],
    ["a list that is none", { type: "Int", list: true }, 1],
    ["null within a list", { type: "Int", list: true }, [1, null]],
    ["a scalar that is a list", { type: "Int" }, [1]],
  ])("%s", (_, field, value) => {
    expect(refusal(field, value)).toMatchObject({
      name: "DigestSyncError",
      code: "unencodable",
      collection: "Thing",
      field: "v",
      key: "k1",
    });
  });

  it("are told with their place and never with the value", () => {
    const error = refusal({ type: "Int" }, "my secret");
    expect(error.message).toBe("Thing.v of row k1: expected an integer, got string");
    expect(refusal({ type: "Decimal" }, "my secret").message).not.toContain("secret");
    expect(refusal({ type: "Json" }, { "my secret": Symbol("my secret") }).message).not.toContain("secret");
  });

  it("hide the message of a foreign error, which may hold the value, in the cause", () => {
    const cause = new Error("my secret");
    const row = {
      id: "1",
      get v() {
        throw cause;
      },
    };
    const encode = compileRowEncoder(collectionOf({ name: "v", type: "Int" }));
    expect(() => encode(row)).toThrow(
      expect.objectContaining({ code: "unencodable", message: "Thing.v of row 1: the value cannot be read", cause }),
    );
    expect(toHex(encode({ id: "1", v: 1 }))).toBe("a26176016269646131");
  });

  it("include a missing key field, whose row has no key to tell", () => {
    expect(() => compileRowEncoder(collectionOf())({})).toThrow(
      expect.objectContaining({ code: "unencodable", field: "id", key: undefined }),
    );
  });
});
