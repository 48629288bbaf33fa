import { DigestSyncError } from "./errors.js";

// ignoreBOM: without it a leading U+FEFF would be dropped, and two encodings would read as one text.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Up to here a loop over ASCII is faster than a call of TextDecoder (Node 20), and V8 does not build a rope. */
const SHORT_TEXT = 12;

/** Of numbers and lengths that have a shorter or another form. */
export const NOT_CANONICAL = "not in its canonical form";

/** What the next item is. */
export type CborKind = "integer" | "bytes" | "text" | "array" | "map" | "boolean" | "null" | "float";
/** An integer is a number when it is safe, else a bigint. */
export type CborScalar = number | bigint | Uint8Array | string | boolean | null;

/** By major type. */
const kinds: readonly (CborKind | undefined)[] = ["integer", "integer", "bytes", "text", "array", "map"];

/**
 * Reads DAG-CBOR strictly: whatever is not the one canonical encoding of a value is refused. `end` must be called last.
 *
 * @throws DigestSyncError "malformed" with the byte offset, from every method
 * @example
 * const reader = new CborReader(bytes)
 * const id = reader.scalar("integer")
 * reader.end()
 */
export class CborReader {
  /** Of the next item, in bytes. */
  offset: number;
  readonly input: Uint8Array;
  readonly #view: DataView;

  constructor(input: Uint8Array, offset = 0) {
    const { buffer, byteOffset, byteLength } = input;
    // A Buffer's slice() would be a view that changes with its source.
    this.input = input.constructor === Uint8Array ? input : new Uint8Array(buffer, byteOffset, byteLength);
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.offset = offset;
  }

  /** The type of the next item, without reading it. */
  kind(): CborKind {
    const initial = this.input[this.offset];
    if (initial === undefined) this.fail("truncated");
    const kind = kinds[initial >> 5];
    if (kind !== undefined) return kind;
    if (initial === 0xf4 || initial === 0xf5) return "boolean";
    if (initial === 0xf6) return "null";
    if (initial === 0xfb) return "float";
    return this.fail("items of this type are not allowed");
  }

  /** The next item, which must be of this type (or any) but no array or map. Bytes are a copy. */
  scalar(expected: CborKind = this.kind()): CborScalar {
    const at = this.offset;
    const { input } = this;
    this.expect(expected);
    switch (expected) {
      case "integer":
        return this.#integer();
      case "bytes": {
        const end = this.endOfString();
        return input.slice(this.#move(end), end);
      }
      case "text":
        return this.#text();
      case "float":
        return this.#float();
      default:
        this.offset = at + 1;
        return expected === "null" ? null : input[at] === 0xf5;
    }
  }

  /** Number of items of an array, or of entries (each a `key` and an item) of a map. Not to be trusted for an allocation. */
  header(kind: "array" | "map"): number {
    this.expect(kind);
    return this.#argument();
  }

  /**
   * A map's next key. `previous` is the offset of the key before it (-1: none), which it must follow in the order
   * "shorter first, then bytewise". Because lengths are encoded shortest first, that is the order of the encodings.
   */
  key(previous: number): string {
    const at = this.offset;
    const key = this.scalar("text") as string;
    if (previous >= 0) this.checkKeyOrder(previous, at);
    return key;
  }

  /** The key at `at`, just read, must follow the one at `previous`. */
  checkKeyOrder(previous: number, at: number): void {
    const { input } = this;
    // Two different items differ before either ends, because their heads give their lengths.
    let i = 0;
    while (at + i < this.offset && input[previous + i] === input[at + i]) i++;
    if (at + i === this.offset || input[previous + i]! > input[at + i]!)
      this.fail("map keys are not sorted, or repeat", at);
  }

  /** Whether the next bytes are exactly these; if so they are read. */
  take(encoded: Uint8Array): boolean {
    const { input, offset } = this;
    for (let i = 0; i < encoded.length; i++) if (input[offset + i] !== encoded[i]) return false;
    this.offset = offset + encoded.length;
    return true;
  }

  /** The next item must be of this type. */
  expect(kind: CborKind): void {
    if (this.kind() !== kind) this.fail(`expected ${kind}`);
  }

  /** Whether the item at this offset is a float. */
  isFloat(at: number): boolean {
    return this.input[at] === 0xfb;
  }

  /** The input ends here. */
  end(): void {
    if (this.offset !== this.input.length) this.fail("bytes after the end");
  }

  /** Refuses the input. */
  fail(what: string, at: number = this.offset): never {
    throw new DigestSyncError("malformed", `${what} (byte ${at})`);
  }

  /** From -2^63 to 2^64 - 1. */
  #integer(): number | bigint {
    const at = this.offset;
    const isNegative = this.input[at]! >= 0x20;
    const argument = this.#argument();
    const value = isNegative ? -1 - argument : argument;
    if (Number.isSafeInteger(value)) return value;
    const exact = this.#view.getBigUint64(at + 1);
    if (isNegative && exact >> 63n) this.fail("integer too low", at);
    return isNegative ? -1n - exact : exact;
  }

  #float(): number {
    const at = this.offset;
    if (at + 9 > this.input.length) this.fail("truncated");
    const value = this.#view.getFloat64(at + 1);
    const isNan = Number.isNaN(value) && this.#view.getBigUint64(at + 1) === 0x7ff8000000000000n;
    if ((Number.isNaN(value) && !isNan) || Object.is(value, -0)) this.fail(NOT_CANONICAL);
    this.offset = at + 9;
    return value;
  }

  #text(): string {
    const at = this.offset;
    const end = this.endOfString();
    const start = this.#move(end);
    if (end - start <= SHORT_TEXT) {
      const ascii = this.#ascii(start, end);
      if (ascii !== undefined) return ascii;
    }
    try {
      return utf8.decode(this.input.subarray(start, end));
    } catch {
      return this.fail("text is not valid UTF-8", at);
    }
  }

  /** Sets the offset, and returns what it was. */
  #move(to: number): number {
    const { offset } = this;
    this.offset = to;
    return offset;
  }

  /** Reads the head of a string, which must be there whole, and tells where it ends. */
  endOfString(): number {
    const at = this.offset;
    const end = this.#argument() + this.offset;
    return end > this.input.length ? this.fail("truncated", at) : end;
  }

  /** The argument of the next item's head; inexact beyond 2^53. */
  #argument(): number {
    const { input, offset } = this;
    const info = input[offset]! & 0x1f;
    this.offset = offset + 1;
    if (info < 24) return info;
    const size = 1 << (info - 24);
    if (info > 27 || offset + size >= input.length) this.fail("truncated, or of indefinite length", offset);
    let argument = 0;
    for (let i = 0; i < size; i++) argument = argument * 0x100 + input[this.offset++]!;
    if (argument < (size === 1 ? 24 : 0x100 ** (size / 2))) this.fail(NOT_CANONICAL, offset);
    return argument;
  }

  /** The text when it is all ASCII. */
  #ascii(start: number, end: number): string | undefined {
    const { input } = this;
    let text = "";
    for (let i = start; i < end; i++) {
      const byte = input[i]!;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
