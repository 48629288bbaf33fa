import { decimalText } from "./decimal.js";
import { dateMilliseconds } from "./field-value.js";
import type { Collection, FieldType, FilterValue } from "./manifest.js";

/**
 * Whether a row passes its collection's filter: every field it names equals its value. A filter compares an Int,
 * Float or BigInt with a number (or a BigInt with decimal text), a DateTime with ISO text, a Decimal by value.
 *
 * @param row as Prisma returns it, or as the row decoder does
 * @example
 * matchesFilter({ ...contacts, where: { archived: false } }, { id: "c1", archived: true }) // false
 */
export function matchesFilter(collection: Collection, row: Readonly<Record<string, unknown>>): boolean {
  const { where } = collection;
  if (where === undefined) return true;
  for (const name of Object.keys(where)) {
    const field = collection.fields.find((candidate) => candidate.name === name);
    const actual = row[name];
    const expected = where[name]!;
    if (expected === null || actual === null || actual === undefined) {
      if (expected !== null || (actual !== null && actual !== undefined)) return false;
    } else if (!equals(field?.type ?? typeOf(actual), field?.single === true, actual, expected)) {
      return false;
    }
  }
  return true;
}

function equals(type: FieldType | undefined, single: boolean, actual: unknown, expected: FilterValue): boolean {
  try {
    switch (type) {
      case "BigInt":
      case "Decimal":
        return decimalText(actual) === decimalText(expected);
      case "DateTime":
        return dateMilliseconds(actual) === dateMilliseconds(expected);
      case "Float":
        return single ? Math.fround(Number(actual)) === Math.fround(Number(expected)) : actual === expected;
      case "Int":
        return Number(actual) === expected;
      default:
        return actual === expected;
    }
  } catch {
    // A value that is not of its type equals nothing; encoding the row reports it.
    return false;
  }
}

/** A filter may name a field that is not synced; then the value says what it is. */
function typeOf(value: unknown): FieldType | undefined {
  if (typeof value === "bigint") return "BigInt";
  if (Object.prototype.toString.call(value) === "[object Date]") return "DateTime";
  return typeof value === "object" ? "Decimal" : undefined;
}
