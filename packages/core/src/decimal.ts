import { DigestSyncError } from "./errors.js";

/** PostgreSQL's `numeric` has at most 131,072 digits before the point and 16,383 after it. */
const MAX_DIGITS = 131_072 + 16_383;

const canonical = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const readable = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/** Whether text is the canonical notation of a decimal. */
export function isDecimalText(text: string): boolean {
  return text.length <= MAX_DIGITS + 2 && canonical.test(text) && text !== "-0";
}

/**
 * The canonical text of a decimal number: plain notation, no exponent, no trailing zeros, no "-0". A number is taken
 * as its shortest text that reads back as the same double.
 *
 * @param value decimal text, a number, a bigint, or an object of Decimal.js (which is what Prisma returns)
 * @throws DigestSyncError "unencodable" for NaN, infinities and whatever is no number
 * @example
 * decimalText("1.50e3") // "1500"
 */
export function decimalText(value: unknown): string {
  const text = plainText(value);
  if (isDecimalText(text)) return text;
  const match = readable.exec(text);
  if (match === null || !(match[2] || match[3])) throw unencodable("a Decimal must be a finite decimal number");
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  // Where the point stands within the digits.
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction).replace(/0+$/, "");
  const leading = digits.search(/[1-9]/);
  if (leading < 0) return "0";
  if (Math.abs(point) > MAX_DIGITS || digits.length > MAX_DIGITS) throw unencodable("a Decimal has too many digits");
  const before = digits.slice(leading, Math.max(point, leading)).padEnd(point - leading, "0");
  const after = point >= 0 ? digits.slice(Math.max(point, 0)) : "0".repeat(-point) + digits;
  return `${sign === "-" ? "-" : ""}${before || "0"}${after === "" ? "" : `.${after}`}`;
}

function plainText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
      return String(value);
    case "object":
      // toString rather than toFixed: exact as well, and 1e900000000 does not become a gigabyte.
      if (value !== null && typeof Reflect.get(value, "toFixed") === "function") return String(value);
  }
  throw unencodable("a Decimal must be decimal text, a number or a Decimal object");
}

function unencodable(message: string): DigestSyncError {
  return new DigestSyncError("unencodable", message);
}
