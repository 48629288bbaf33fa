import { DigestSyncError } from "./errors.js";
import { isUtf8 } from "./utf8.js";

// ignoreBOM: without it a leading U+FEFF would be dropped, and two encodings would read as one text.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const float = new DataView(new ArrayBuffer(8));

/** Up to here a loop over ASCII is faster than a call of TextDecoder (Node 20), and V8 does not build a rope. */
const SHORT_TEXT = 12;

/** What the next item is. */
export type CborKind = "integer" | "bytes" | "text" | "array" | "map" | "boolean" | "null" | "float";

/**
 * Reads DAG-CBOR strictly: whatever is not the one canonical encoding of a value is refused. The methods read the
 * next item, which must be of their type; `end` must be called last.
 *
 * @throws DigestSyncError "malformed" with the byte offset, from every method
 * @example
 * const reader = new CborReader(bytes)
 * const id = reader.int()
 * reader.end()
 */
export class CborReader {
  /** Of the next item, in bytes. */
  offset: number;
  private readonly input: Uint8Array;
  /** The last argument's upper and lower 32 bits, for integers that no number holds. */
  private high = 0;
  private low = 0;

  constructor(input: Uint8Array, offset = 0) {
    // A Buffer's slice() would be a view that changes with its source.
    this.input =
      input.constructor === Uint8Array ? input : new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    this.offset = offset;
  }

  /** The type of the next item, without reading it. */
  kind(): CborKind {
    const initial = this.initial();
    switch (initial >> 5) {
      case 0:
      case 1:
        return "integer";
      case 2:
        return "bytes";
      case 3:
        return "text";
      case 4:
        return "array";
      case 5:
        return "map";
    }
    if (initial === 0xf4 || initial === 0xf5) return "boolean";
    if (initial === 0xf6) return "null";
    if (initial === 0xfb) return "float";
    return this.fail("a tag, undefined, simple value or float shorter than 64 bits is not allowed");
  }

  /** An integer from 0 to 2^53 - 1. */
  uint(): number {
    const at = this.offset;
    const value = this.int();
    return value < 0 ? this.fail("expected a non-negative integer", at) : value;
  }

  /** A safe integer. */
  int(): number {
    const at = this.offset;
    const value = this.integer();
    return typeof value === "number" ? value : this.fail("expected an integer within 53 bits", at);
  }

  /** An integer from -2^63 to 2^64 - 1. */
  bigint(): bigint {
    return BigInt(this.integer());
  }

  /** An integer from -2^63 to 2^64 - 1: a number when it is safe. */
  integer(): number | bigint {
    const at = this.offset;
    const major = this.initial() >> 5;
    if (major > 1) this.fail("expected an integer");
    const argument = this.argument();
    if (argument <= Number.MAX_SAFE_INTEGER - major) return major === 0 ? argument : -1 - argument;
    const exact = (BigInt(this.high) << 32n) | BigInt(this.low);
    if (major === 0) return exact;
    if (this.high >= 0x80000000) this.fail("an integer below -2^63 is not allowed", at);
    return -1n - exact;
  }

  /** Eight bytes; -0 and any NaN but 7ff8000000000000 are refused. */
  float64(): number {
    const at = this.offset;
    if (this.initial() !== 0xfb) this.fail("expected a float64");
    if (at + 9 > this.input.length) this.fail("truncated float64", at);
    const { input } = this;
    for (let i = 0; i < 8; i++) float.setUint8(i, input[at + 1 + i]!);
    this.offset = at + 9;
    const value = float.getFloat64(0);
    if (Object.is(value, -0)) this.fail("negative zero is not canonical", at);
    if (Number.isNaN(value) && (float.getUint32(0) !== 0x7ff80000 || float.getUint32(4) !== 0))
      this.fail("NaN must be 7ff8000000000000", at);
    return value;
  }

  text(): string {
    const at = this.offset;
    if (this.initial() >> 5 !== 3) this.fail("expected text");
    const length = this.length();
    const start = this.offset;
    this.offset = start + length;
    if (length <= SHORT_TEXT) {
      const ascii = this.ascii(start, length);
      if (ascii !== undefined) return ascii;
    }
    try {
      return utf8.decode(this.input.subarray(start, start + length));
    } catch {
      return this.fail("text is not valid UTF-8", at);
    }
  }

  /** A copy. */
  bytes(): Uint8Array {
    if (this.initial() >> 5 !== 2) this.fail("expected a byte string");
    const length = this.length();
    const start = this.offset;
    this.offset = start + length;
    return this.input.slice(start, start + length);
  }

  /** Reads past text or a byte string, as strictly as reading it, and builds nothing. */
  skipString(): void {
    const at = this.offset;
    const major = this.initial() >> 5;
    if (major !== 2 && major !== 3) this.fail("expected a string");
    const length = this.length();
    this.offset += length;
    if (major === 3 && !isUtf8(this.input, this.offset - length, this.offset)) this.fail("text is not valid UTF-8", at);
  }

  bool(): boolean {
    const initial = this.initial();
    if (initial !== 0xf4 && initial !== 0xf5) this.fail("expected true or false");
    this.offset++;
    return initial === 0xf5;
  }

  null(): null {
    if (this.initial() !== 0xf6) this.fail("expected null");
    this.offset++;
    return null;
  }

  /** Number of items that follow. Not to be trusted for an allocation. */
  arrayHeader(): number {
    if (this.initial() >> 5 !== 4) this.fail("expected an array");
    return this.argument();
  }

  /** Number of entries that follow: each a `key` and an item. Not to be trusted for an allocation. */
  mapHeader(): number {
    if (this.initial() >> 5 !== 5) this.fail("expected a map");
    return this.argument();
  }

  /**
   * A map's next key. `previous` is the offset of the key before it (-1: none), which it must follow in the order
   * "shorter first, then bytewise". Because lengths are encoded shortest first, that is the order of the encodings.
   */
  key(previous: number): string {
    const at = this.offset;
    const key = this.text();
    if (previous >= 0) this.checkKeyOrder(previous, at);
    return key;
  }

  /** The key at `at`, just read, must follow the one at `previous`. */
  checkKeyOrder(previous: number, at: number): void {
    if (this.compareItems(previous, at) >= 0) this.fail("map keys are not sorted or repeat", at);
  }

  /** Whether the next bytes are exactly these; if so they are read. */
  take(encoded: Uint8Array): boolean {
    const { input, offset } = this;
    for (let i = 0; i < encoded.length; i++) if (input[offset + i] !== encoded[i]) return false;
    this.offset = offset + encoded.length;
    return true;
  }

  /** The input ends here. */
  end(): void {
    if (this.offset !== this.input.length) this.fail("bytes after the end");
  }

  /** Refuses the input. */
  fail(what: string, at: number = this.offset): never {
    throw new DigestSyncError("malformed", `${what} (byte ${at})`);
  }

  private initial(): number {
    const initial = this.input[this.offset];
    return initial === undefined ? this.fail("unexpected end") : initial;
  }

  /** Length of a string, which must be there whole. */
  private length(): number {
    const at = this.offset;
    const length = this.argument();
    if (length > this.input.length - this.offset) this.fail("truncated string", at);
    return length;
  }

  /** The argument of the next item's head; inexact from 2^53 on, then `high` and `low` have it. */
  private argument(): number {
    const { input } = this;
    const at = this.offset;
    const info = input[at]! & 0x1f;
    if (info < 24) {
      this.offset = at + 1;
      return info;
    }
    if (info > 27) this.fail("indefinite or reserved length", at);
    const size = 1 << (info - 24);
    if (at + 1 + size > input.length) this.fail("truncated head", at);
    this.offset = at + 1 + size;
    if (size === 1) return input[at + 1]! < 24 ? this.notShortest(at) : input[at + 1]!;
    if (size === 2) {
      const argument = (input[at + 1]! << 8) | input[at + 2]!;
      return argument < 0x100 ? this.notShortest(at) : argument;
    }
    const first = this.uint32(at + 1);
    if (size === 4) return first < 0x10000 ? this.notShortest(at) : first;
    if (first === 0) this.notShortest(at);
    this.high = first;
    this.low = this.uint32(at + 5);
    return first * 0x100000000 + this.low;
  }

  private notShortest(at: number): never {
    return this.fail("an integer or length is not in its shortest form", at);
  }

  private uint32(at: number): number {
    const { input } = this;
    return ((input[at]! << 24) | (input[at + 1]! << 16) | (input[at + 2]! << 8) | input[at + 3]!) >>> 0;
  }

  /** The text when it is all ASCII. */
  private ascii(start: number, length: number): string | undefined {
    const { input } = this;
    let text = "";
    for (let i = start; i < start + length; i++) {
      const byte = input[i]!;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  private compareItems(a: number, b: number): number {
    const { input } = this;
    // Two different items differ before either ends, because their heads give their lengths.
    const most = this.offset - b;
    for (let i = 0; i < most; i++) if (input[a + i] !== input[b + i]) return input[a + i]! - input[b + i]!;
    return 0;
  }
}
