// Collections of any shape and rows that fit them, for the property tests.

import type { Collection, Field, FieldType } from "../src/manifest.js";
import { fc } from "./property.js";

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom(
    "",
    "é",
    "\ufeffbom",
    "𝄞".repeat(9),
    "a".repeat(23),
    "a".repeat(24),
    "a".repeat(255),
    "ü".repeat(128),
  ),
);

const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 30 });

/** JSON whose keys stay different in UTF-8. */
const json = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }).map((value): unknown => value);

const values: Record<FieldType, fc.Arbitrary<unknown>> = {
  String: text,
  Enum: fc.constantFrom("ACTIVE", "archived"),
  Int: fc.oneof(fc.integer(), fc.maxSafeInteger()),
  BigInt: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.bigInt({ min: -300n, max: 300n })),
  Float: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 0.1, 1e21)),
  Decimal: fc
    .tuple(fc.constantFrom("", "-"), digits, fc.option(digits))
    .map(([sign, whole, fraction]) => sign + whole + (fraction === null ? "" : `.${fraction}`)),
  Boolean: fc.boolean(),
  DateTime: fc.date({ noInvalidDate: true, min: new Date(-8.64e15), max: new Date(8.64e15) }),
  Json: json.filter((value) => value !== null),
  Bytes: fc.uint8Array({ maxLength: 300 }),
};

const fieldName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,30}$/);

const field: fc.Arbitrary<Field> = fc
  .record({
    name: fieldName,
    type: fc.constantFrom(...(Object.keys(values) as FieldType[])),
    list: fc.oneof(
      { weight: 1, arbitrary: fc.constant(true as const) },
      { weight: 3, arbitrary: fc.constant(undefined) },
    ),
    single: fc.option(fc.constant(true as const), { nil: undefined }),
  })
  .map(({ name, type, list, single }) => ({
    name,
    type,
    ...(list ? { list } : { optional: true as const }),
    ...(single && type === "Float" ? { single } : {}),
  }));

/** A collection with a key field `id` of type String and up to 40 others, and a row of it. */
export const collectionAndRow: fc.Arbitrary<{ collection: Collection; row: Record<string, unknown> }> = fc
  .uniqueArray(field, { selector: ({ name }) => name, maxLength: 40, size: "max" })
  .chain((others) => {
    const fields: Field[] = [{ name: "id", type: "String" }, ...others.filter(({ name }) => name !== "id")];
    const collection: Collection = { name: "Thing", fields, key: ["id"], scope: [] };
    const row = fc.record(
      Object.fromEntries(
        fields.map(({ name, type, list }) => [
          name,
          name === "id" ? text : fc.option(list ? fc.array(values[type], { maxLength: 4 }) : values[type]),
        ]),
      ),
    );
    return fc.record({ collection: fc.constant(collection), row });
  });
