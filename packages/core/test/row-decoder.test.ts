import { decode as decodeByOracle } from "cborg";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../src/hex.js";
import type { Collection, Field } from "../src/manifest.js";
import { compileRowDecoder } from "../src/row-decoder.js";
import { compileRowEncoder } from "../src/row-encoder.js";
import { oracle } from "./encoding-oracle.js";
import { fc } from "./property.js";
import { collectionAndRow } from "./row-arbitraries.js";

const malformed = expect.objectContaining({ name: "DigestSyncError", code: "malformed" });

function collectionOf(...fields: Field[]): Collection {
  return { name: "Thing", fields: [{ name: "id", type: "String" }, ...fields], key: ["id"], scope: [] };
}

/** Decodes {v: value, id: "1"}. */
function decoded(field: Omit<Field, "name">, value: unknown): unknown {
  return compileRowDecoder(collectionOf({ name: "v", ...field }))(oracle({ v: value, id: "1" })).v;
}

describe("row decoder", () => {
  it("gives each field in the type that Prisma has for it", () => {
    expect(decoded({ type: "Int" }, 3)).toBe(3);
    expect(decoded({ type: "BigInt" }, 3)).toBe(3n);
    expect(decoded({ type: "BigInt" }, 2n ** 64n - 1n)).toBe(2n ** 64n - 1n);
    expect(decoded({ type: "Float" }, Float64Array.of(3))).toBe(3);
    expect(decoded({ type: "Float" }, NaN)).toBe(NaN);
    expect(decoded({ type: "Decimal" }, "3.5")).toBe("3.5");
    expect(decoded({ type: "DateTime" }, 3)).toEqual(new Date(3));
    expect(decoded({ type: "Bytes" }, Uint8Array.of(3))).toEqual(Uint8Array.of(3));
    expect(decoded({ type: "Enum" }, "ON")).toBe("ON");
    expect(decoded({ type: "Boolean" }, true)).toBe(true);
    expect(decoded({ type: "Json" }, { a: [1, null, "x"] })).toEqual({ a: [1, null, "x"] });
    expect(decoded({ type: "String", list: true }, ["b", "a"])).toEqual(["b", "a"]);
  });

  it("gives the fields in schema order, missing ones null, a missing list empty", () => {
    const decode = compileRowDecoder(
      collectionOf(
        { name: "a", type: "Int" },
        { name: "tags", type: "String", list: true },
        { name: "b", type: "Json" },
      ),
    );
    const row = decode(oracle({ id: "1", a: 2 }));
    expect(row).toEqual({ id: "1", a: 2, tags: [], b: null });
    expect(Object.keys(row)).toEqual(["id", "a", "tags", "b"]);
    expect(decode(oracle({ id: "1" })).tags).not.toBe(decode(oracle({ id: "1" })).tags);
  });

  it("keeps fields that the collection does not have", () => {
    const row = compileRowDecoder(collectionOf({ name: "m", type: "Int" }))(
      oracle({ id: "1", a: 1, z: 2n ** 60n, m: 5, bytes: Uint8Array.of(1), map: { a: [Float64Array.of(1)] } }),
    );
    expect(row).toEqual({ id: "1", m: 5, a: 1, z: 2n ** 60n, bytes: Uint8Array.of(1), map: { a: [1] } });
  });

  it("keeps the deepest JSON the encoder writes, also as an element and in a field it does not know", () => {
    const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    const collection = collectionOf({ name: "v", type: "Json", list: true });
    const row = { id: "1", v: [nested(128)] };
    const encoding = compileRowEncoder(collection)(row);
    expect(compileRowDecoder(collection)(encoding)).toEqual(row);
    expect(compileRowDecoder(collectionOf())(encoding)).toEqual(row);
    const tooDeep = oracle({ v: [nested(129)], id: "1" });
    expect(() => compileRowDecoder(collection)(tooDeep)).toThrow(malformed);
    expect(() => compileRowDecoder(collectionOf())(tooDeep)).toThrow(malformed);
  });

  it("takes __proto__ for a name like any other", () => {
    const hostile = oracle(
      new Map<string, unknown>([
        ["id", "1"],
        ["__proto__", { polluted: true }],
        ["v", JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')],
      ]),
    );
    const row = compileRowDecoder(collectionOf({ name: "v", type: "Json" }))(hostile);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(row.v)).toBe(Object.prototype);
    expect(Object.keys(row)).toEqual(["id", "v", "__proto__"]);
    expect(JSON.stringify(row.v)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
    expect("polluted" in row || "polluted" in (row.v as object) || "polluted" in {}).toBe(false);
  });

  it("reads a Buffer, and gives bytes of their own", () => {
    const source = Buffer.from(oracle({ v: Uint8Array.of(1, 2), id: "1" }));
    const { v } = compileRowDecoder(collectionOf({ name: "v", type: "Bytes" }))(source);
    source.fill(0);
    expect(v).toEqual(Uint8Array.of(1, 2));
    expect((v as Uint8Array).buffer.byteLength).toBe(2);
  });

  it.each<[string, Field[], string]>([
    ["nothing", [], ""],
    ["no map", [], "80"],
    ["a missing key field", [], "a0"],
    ["another field in the key field's place", [], "a1616101"],
    ["a key field of another type", [], "a162696401"],
    ["a key field that is null", [], "a1626964f6"],
    ["a null field", [{ name: "v", type: "Int" }], "a26176f66269646131"],
    ["a null Json field", [{ name: "v", type: "Json" }], "a26176f66269646131"],
    ["a null list", [{ name: "v", type: "Int", list: true }], "a26176f66269646131"],
    ["a null field it does not know", [], "a26176f66269646131"],
    ["bytes after the end", [], "a1626964613100"],
    ["a truncated key", [], "a16269"],
    ["a truncated value", [], "a16269646231"],
    ["fewer entries than announced", [], "a26269646131"],
    ["more entries than the input can hold", [], "bb001fffffffffffff6269646131"],
    [
      "an array longer than the input can hold",
      [{ name: "v", type: "Int", list: true }],
      "a261769bffffffffffffffff016269646131",
    ],
    ["a string longer than the input can hold", [], "a16269647bffffffffffffffff31"],
    ["known fields out of order", [{ name: "v", type: "Int" }], "a262696461316176" + "01"],
    ["a known field twice", [], "a262696461316269646131"],
    [
      "a known field twice, with an unknown one between",
      [{ name: "v", type: "Int" }],
      "a46176016177016176016269646131",
    ],
    ["an unknown field after a greater known one", [], "a262696461316176" + "01"],
    ["a known field after a greater unknown one", [{ name: "v", type: "Int" }], "a361770161760162" + "69646131"],
    ["unknown fields out of order", [], "a361770161760162" + "69646131"],
    ["an unknown field twice", [], "a361760161760162" + "69646131"],
    ["a map of indefinite length", [], "bf6269646131ff"],
    ["a map's length in two bytes where one will do", [], "b8016269646131"],
    ["text of indefinite length", [], "a16269647f6131ff"],
    ["text that is no UTF-8", [], "a162696461ff"],
    ["text with an overlong form", [], "a162696462c080"],
    ["text with an encoded surrogate", [], "a162696463eda080"],
    ["a name's length in two bytes where one will do", [], "a1780269646131"],
    ["a name that is bytes", [], "a14269646131"],
    ["an integer in two bytes where one will do", [{ name: "v", type: "Int" }], "a2617618176269646131"],
    ["an integer in three bytes where two will do", [{ name: "v", type: "Int" }], "a261761900ff6269646131"],
    ["an integer in five bytes where three will do", [{ name: "v", type: "Int" }], "a261761a0000ffff6269646131"],
    [
      "an integer in nine bytes where five will do",
      [{ name: "v", type: "BigInt" }],
      "a261761b00000000ffffffff6269646131",
    ],
    ["an Int beyond 53 bits", [{ name: "v", type: "Int" }], "a261761b00200000000000006269646131"],
    ["an Int below -2^53 + 1", [{ name: "v", type: "Int" }], "a261763b001fffffffffffff6269646131"],
    ["an integer below -2^63", [{ name: "v", type: "BigInt" }], "a261763b80000000000000006269646131"],
    ["a tagged integer", [{ name: "v", type: "BigInt" }], "a26176c241016269646131"],
    ["a reserved length", [{ name: "v", type: "Int" }], "a261761c6269646131"],
    ["an integer as Float", [{ name: "v", type: "Float" }], "a26176016269646131"],
    ["a float of 16 bits", [{ name: "v", type: "Float" }], "a26176f93c006269646131"],
    ["a float of 32 bits", [{ name: "v", type: "Float" }], "a26176fa3f8000006269646131"],
    ["negative zero", [{ name: "v", type: "Float" }], "a26176fb80000000000000006269646131"],
    ["NaN of other bits", [{ name: "v", type: "Float" }], "a26176fb7ff80000000000016269646131"],
    ["negative NaN", [{ name: "v", type: "Float" }], "a26176fbfff80000000000006269646131"],
    [
      "a double as single-precision Float",
      [{ name: "v", type: "Float", single: true }],
      "a26176fb3fb999999999999a6269646131",
    ],
    ["a float as Int", [{ name: "v", type: "Int" }], "a26176fb3ff00000000000006269646131"],
    ["undefined", [{ name: "v", type: "Json" }], "a26176f76269646131"],
    ["another simple value", [{ name: "v", type: "Boolean" }], "a26176f06269646131"],
    ["an integer as Boolean", [{ name: "v", type: "Boolean" }], "a26176016269646131"],
    ["text as Bytes", [{ name: "v", type: "Bytes" }], "a2617661316269646131"],
    ["bytes as String", [{ name: "v", type: "String" }], "a2617641316269646131"],
    ["a Decimal with trailing zeros", [{ name: "v", type: "Decimal" }], "a2617663312e306269646131"],
    ["a Decimal -0", [{ name: "v", type: "Decimal" }], "a26176622d306269646131"],
    ["a Decimal with leading zeros", [{ name: "v", type: "Decimal" }], "a261766230316269646131"],
    ["a Decimal with a plus", [{ name: "v", type: "Decimal" }], "a26176622b316269646131"],
    ["a date beyond the range of dates", [{ name: "v", type: "DateTime" }], "a261761b001eb208c2dc00016269646131"],
    ["a JSON float that should be an integer", [{ name: "v", type: "Json" }], "a26176fb3ff00000000000006269646131"],
    ["a JSON integer that should be a float", [{ name: "v", type: "Json" }], "a261761b00200000000000006269646131"],
    ["JSON Infinity", [{ name: "v", type: "Json" }], "a26176fb7ff00000000000006269646131"],
    ["JSON bytes", [{ name: "v", type: "Json" }], "a2617641316269646131"],
    ["JSON keys out of order", [{ name: "v", type: "Json" }], "a26176a261620161610162" + "69646131"],
    ["a JSON key twice", [{ name: "v", type: "Json" }], "a26176a261610161610262" + "69646131"],
    ["null in a list", [{ name: "v", type: "Int", list: true }], "a2617681f66269646131"],
    ["a scalar as list", [{ name: "v", type: "Int", list: true }], "a26176016269646131"],
  ])("refuses %s", (_, fields, hex) => {
    expect(() => compileRowDecoder(collectionOf(...fields))(fromHex(hex))).toThrow(malformed);
  });

  it("says which collection and where", () => {
    expect(() => compileRowDecoder(collectionOf())(fromHex("a162696401"))).toThrow(
      "a row of Thing: expected text (byte 4)",
    );
  });

  it("accepts no bytes but the encoder's: any damage is refused or is another row's encoding", () => {
    fc.assert(
      fc.property(
        collectionAndRow,
        fc.array(
          fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom("set", "insert", "delete", "cut") }),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        ({ collection, row }, damages) => {
          const encode = compileRowEncoder(collection);
          const bytes = [...encode(row)];
          for (const { at, byte, kind } of damages) {
            const place = at % (bytes.length + 1);
            if (kind === "set" && place < bytes.length) bytes[place] = byte;
            else if (kind === "insert") bytes.splice(place, 0, byte);
            else if (kind === "delete") bytes.splice(place, 1);
            else bytes.length = place;
          }
          const damaged = Uint8Array.from(bytes);
          let decoded: Record<string, unknown>;
          try {
            decoded = compileRowDecoder(collection)(damaged);
          } catch (error) {
            expect(error).toEqual(malformed);
            return;
          }
          // Fields the collection does not have are kept but not encoded, missing lists are: those rows are none of ours.
          const names = [...(decodeByOracle(damaged, { useMaps: true }) as Map<string, unknown>).keys()];
          const ours = names.every((name) => collection.fields.some((field) => field.name === name));
          const complete = collection.fields.every(({ name, list }) => !list || names.includes(name));
          if (ours && complete) expect(toHex(encode(decoded))).toBe(toHex(damaged));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
