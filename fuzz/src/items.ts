import { head, type Item } from "./loose.js";
import type { Random } from "./random.js";

export const integers: readonly (number | bigint)[] = [
  0,
  1,
  -1,
  2,
  3,
  4,
  8,
  23,
  24,
  31,
  32,
  33,
  255,
  256,
  257,
  1_000,
  5_000,
  5_001,
  32_767,
  32_768,
  32_769,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
  -(2n ** 63n),
  -(2n ** 64n),
  -(2 ** 31),
  -(2 ** 53) + 1,
];
const floats = [0.5, -0.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, -0, 1.0000001];
const names = [
  "protocol",
  "algorithm",
  "manifest",
  "collections",
  "count",
  "root",
  "sketch",
  "window",
  "after",
  "collection",
  "key",
  "base",
  "type",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "\u0000",
  "/",
  "~",
  "Contact",
  "Account",
  "City",
  "Message",
  "_digest_row",
  "sha256",
  "sha1",
  "crc32",
  "' OR 1=1 --",
  '"; DROP TABLE x',
  "../../etc",
  "%s%n",
];

/** Any item at all; small unless chance will have it. */
export function anyItem(random: Random, depth = 3): Item {
  switch (random.below(depth > 0 ? 13 : 9)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
    case 3:
      return random.pick(integers);
    case 4:
      return random.pick(floats);
    case 5:
      return anyText(random);
    case 6:
    case 7:
      return random.bytes(random.pick([0, 1, 7, 8, 9, 31, 32, 33, 64, random.size(0, 5_000)]));
    case 8:
      return { raw: anyRaw(random) };
    case 9:
      return Array.from({ length: random.size(0, 6) }, () => anyItem(random, depth - 1));
    case 10:
      return nested(random);
    case 11:
      return masses(random);
    default:
      return {
        entries: Array.from(
          { length: random.size(0, 6) },
          () => [anyText(random), anyItem(random, depth - 1)] as const,
        ),
      };
  }
}

export function anyText(random: Random): string {
  switch (random.below(6)) {
    case 0:
      return "a".repeat(random.size(0, 200_000));
    case 1:
      return "\ud800".repeat(random.size(1, 3));
    case 2:
      return String.fromCodePoint(random.below(0xd800), 0x10000 + random.below(0xfffff));
    default:
      return random.pick(names);
  }
}

/** Heads that promise more than there is, tags, breaks, indefinite lengths, half floats, invalid UTF-8. */
function anyRaw(random: Random): Uint8Array {
  const major = random.pick([0x40, 0x60, 0x80, 0xa0]);
  switch (random.below(8)) {
    case 0:
      return head(major, random.pick([0xffn, 0xffffn, 0xffff_ffffn, 2n ** 53n, 2n ** 64n - 1n]));
    case 1:
      return Uint8Array.of(major | 31, ...random.bytes(random.below(8)), 0xff);
    case 2:
      return Uint8Array.of(0x62, 0xc3, 0x28);
    case 3:
      return Uint8Array.of(0xc2, 0x41, 0x01);
    case 4:
      return Uint8Array.of(0xf9, 0x3c, 0x00);
    case 5:
      return Uint8Array.of(0x18, random.below(24));
    case 6:
      return Buffer.from(
        random.pick(["1e999", "-0", "NaN", "undefined", "'x'", '"\\ud800"', "01", "[", '{"a":', '"\\u0000"']),
      );
    default:
      return random.bytes(random.size(0, 40));
  }
}

/** Arrays or maps in one another, from a few to more than a recursive reader survives. */
function nested(random: Random): Item {
  const depth = random.pick([100, 127, 128, 129, 130, 131, 132, 1_000, 20_000, 150_000]);
  const array = random.chance(0.5);
  const open = array ? Buffer.alloc(depth, 0x81) : Buffer.from("a16161".repeat(depth), "hex");
  return { raw: Buffer.concat([open, Uint8Array.of(array ? 0x80 : 0xa0)]) };
}

const small = [
  "00",
  "40",
  "4100",
  "60",
  "6161",
  "62c3a4",
  "80",
  "a0",
  "a1616100",
  "8100",
  "f6",
  "1bffffffffffffffff",
  "fb3ff8000000000000",
];

/** As many small items as fit a request: what costs a reader most for each byte. */
function masses(random: Random): Item {
  const item = Buffer.from(random.pick(small), "hex");
  const count = random.size(1, Math.floor(600_000 / item.length));
  return { raw: Buffer.concat([head(0x80, BigInt(count)), Buffer.alloc(count * item.length, item)]) };
}

/** Unknown properties in canonical order: allowed, and to be skipped at little cost. */
export function many(random: Random): (readonly [string, Item])[] {
  const count = random.size(1, 30_000);
  const item = random.chance(0.5) ? 0 : ([] as Item[]);
  return Array.from({ length: count }, (_, i) => [`zzzzzzzzzzzz${String(i).padStart(6, "0")}`, item] as const);
}
