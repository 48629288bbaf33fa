// The row encoding once more, written from DESIGN's table over a general CBOR library: what the compiled encoder is
// compared with. Nothing here may come from src.
import { Decimal } from "@prisma/client/runtime/client";
import { encode, Token, Type } from "cborg";
import type { Collection, Field } from "../src/manifest.js";

const options = {
  float64: true,
  // cborg writes 1.0 as an integer; a Float64Array of one stands for "a float whatever its value".
  typeEncoders: { Float64Array: (value: Float64Array) => new Token(Type.float, value[0]) },
};

/** The oracle's encoding of any value; floats that must stay floats are given as Float64Array.of(value). */
export function oracle(value: unknown): Uint8Array {
  return new Uint8Array(encode(value, options));
}

/** The oracle's encoding of a row whose values are of their field's usual type. */
export function encodeByOracle(collection: Collection, row: Readonly<Record<string, unknown>>): Uint8Array {
  const map = new Map<string, unknown>();
  for (const field of collection.fields) {
    const value = row[field.name];
    if (field.list)
      map.set(
        field.name,
        ((value ?? []) as unknown[]).map((element) => typed(field, element)),
      );
    else if (value !== null && value !== undefined) map.set(field.name, typed(field, value));
  }
  return oracle(map);
}

function typed(field: Field, value: unknown): unknown {
  switch (field.type) {
    case "Float":
      return Float64Array.of(canonicalFloat(field.single ? Math.fround(value as number) : (value as number)));
    case "DateTime":
      return (value as Date).getTime();
    case "Decimal":
      return plainDecimal(value as string);
    case "String":
    case "Enum":
      return throughUtf8(value as string);
    case "Json":
      return wellFormed(value);
    default:
      return value;
  }
}

/** One zero and one NaN. */
function canonicalFloat(value: number): number {
  return Number.isNaN(value) ? NaN : value + 0;
}

/** By Decimal.js. */
export function plainDecimal(text: string): string {
  const value = new Decimal(text);
  return value.isZero() ? "0" : value.toFixed();
}

/** The text that a UTF-8 encoder and decoder make of it: unpaired surrogates become U+FFFD. */
export function throughUtf8(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return throughUtf8(value);
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value === "object" && value !== null)
    return new Map(Object.entries(value).map(([name, member]) => [throughUtf8(name), wellFormed(member)]));
  return value;
}
