// How a vector file writes a value of a Prisma type, so that any language can read it.
import { Decimal } from "@prisma/client/runtime/client";

export type Tagged =
  | { readonly type: "null" }
  | { readonly type: "String" | "Enum" | "BigInt" | "Decimal" | "DateTime"; readonly value: string }
  /** Text that is not well-formed: its UTF-16 code units in hexadecimal. */
  | { readonly type: "String"; readonly utf16: string }
  | { readonly type: "Int"; readonly value: number }
  /** `value` is for people, `bits` are the eight bytes of the double. */
  | { readonly type: "Float"; readonly value: string; readonly bits: string }
  | { readonly type: "Boolean"; readonly value: boolean }
  /** JSON text, because a parsed value would already have lost what is tested. */
  | { readonly type: "Json"; readonly text: string }
  | { readonly type: "Bytes"; readonly hex: string }
  | { readonly type: "list"; readonly values: readonly Tagged[] };

/** The value as Prisma gives it. */
export function untagged(tagged: Tagged): unknown {
  switch (tagged.type) {
    case "null":
      return null;
    case "String":
      return "utf16" in tagged ? Buffer.from(tagged.utf16, "hex").swap16().toString("utf16le") : tagged.value;
    case "BigInt":
      return BigInt(tagged.value);
    case "Decimal":
      return new Decimal(tagged.value);
    case "DateTime":
      return new Date(tagged.value);
    case "Float":
      return Buffer.from(tagged.bits, "hex").readDoubleBE();
    case "Json":
      return JSON.parse(tagged.text);
    case "Bytes":
      return new Uint8Array(Buffer.from(tagged.hex, "hex"));
    case "list":
      return tagged.values.map(untagged);
    default:
      return tagged.value;
  }
}

/** The row as Prisma gives it. */
export function untaggedRow(row: Readonly<Record<string, Tagged>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, untagged(value)]));
}

export const text = (value: string): Tagged => ({ type: "String", value });
export const int = (value: number): Tagged => ({ type: "Int", value });
export const bigint = (value: bigint): Tagged => ({ type: "BigInt", value: String(value) });
export const decimal = (value: string): Tagged => ({ type: "Decimal", value });
export const date = (value: string): Tagged => ({ type: "DateTime", value });
export const json = (source: string): Tagged => ({ type: "Json", text: source });
export const bytes = (hex: string): Tagged => ({ type: "Bytes", hex });
export const list = (...values: Tagged[]): Tagged => ({ type: "list", values });
export const none: Tagged = { type: "null" };

/** A float by its value or by the bits of its double. */
export function float(value: number | string): Tagged {
  const bits = Buffer.alloc(8);
  if (typeof value === "number") bits.writeDoubleBE(value);
  else bits.write(value, "hex");
  const double = bits.readDoubleBE();
  return { type: "Float", value: Object.is(double, -0) ? "-0" : String(double), bits: bits.toString("hex") };
}
