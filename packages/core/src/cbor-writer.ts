import { viewOf } from "./bytes.js";

const utf8 = new TextEncoder();

/** Shorter than this, a loop over ASCII beats a call of TextEncoder (Node 20), and the length is in the head's byte. */
const SHORT_TEXT = 24;
/** A buffer that one huge row made grow is given back to the garbage collector. */
const KEPT_BYTES = 1 << 20;

/**
 * Writes DAG-CBOR into one growing buffer: shortest integers, definite lengths, floats always as float64. Order and
 * number of a map's or array's items are the caller's business.
 *
 * @example
 * const writer = new CborWriter()
 * writer.mapHeader(1)
 * writer.text("id")
 * writer.int(7)
 * writer.finish() // Uint8Array a1 62 69 64 07
 */
export class CborWriter {
  private buffer: Uint8Array;
  /** The same memory, to write numbers to. */
  private numbers: DataView;
  private end = 0;

  constructor(capacity = 512) {
    this.buffer = new Uint8Array(capacity);
    this.numbers = viewOf(this.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.end;
  }

  /** What was written, in the writer's own memory: the next call of any method invalidates it. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.end);
  }

  /** A copy of what was written; the writer is empty afterwards and can be used again. */
  finish(): Uint8Array {
    const bytes = this.buffer.slice(0, this.end);
    this.reset();
    return bytes;
  }

  /** Forgets what was written. */
  reset(): void {
    this.end = 0;
    if (this.buffer.length > KEPT_BYTES) this.use(new Uint8Array(512));
  }

  /** A non-negative safe integer. */
  uint(value: number): void {
    this.head(0x00, value);
  }

  /** A safe integer; -0 is 0. */
  int(value: number): void {
    if (value >= 0) this.head(0x00, value);
    else this.head(0x20, -1 - value);
  }

  /** An integer from -2^64 to 2^64 - 1. */
  bigint(value: bigint): void {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
      this.int(Number(value));
      return;
    }
    const magnitude = value < 0n ? -1n - value : value;
    this.head64(value < 0n ? 0x20 : 0x00, Number(magnitude >> 32n), Number(magnitude & 0xffffffffn));
  }

  /** Eight bytes always; -0 is written as 0 and every NaN as 7ff8000000000000. */
  float64(value: number): void {
    this.reserve(9);
    const { buffer, end } = this;
    buffer[end] = 0xfb;
    this.numbers.setFloat64(end + 1, value === 0 ? 0 : value);
    // An engine may carry a NaN's payload through.
    if (Number.isNaN(value)) buffer.fill(0, end + 3, end + 9).set([0x7f, 0xf8], end + 1);
    this.end = end + 9;
  }

  /** Text as UTF-8; an unpaired surrogate becomes U+FFFD, as TextEncoder does it. */
  text(value: string): void {
    const { length } = value;
    if (length >= SHORT_TEXT) {
      this.encodedText(value);
      return;
    }
    this.reserve(length + 1);
    const { buffer, end } = this;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.encodedText(value);
        return;
      }
      buffer[end + 1 + i] = unit;
    }
    buffer[end] = 0x60 | length;
    this.end = end + 1 + length;
  }

  /** A byte string. */
  bytes(value: Uint8Array): void {
    this.head(0x40, value.length);
    this.raw(value);
  }

  /** The beginning of an array of this many items. */
  arrayHeader(items: number): void {
    this.head(0x80, items);
  }

  /** The beginning of a map of this many entries. */
  mapHeader(entries: number): void {
    this.head(0xa0, entries);
  }

  bool(value: boolean): void {
    this.reserve(1);
    this.buffer[this.end++] = value ? 0xf5 : 0xf4;
  }

  null(): void {
    this.reserve(1);
    this.buffer[this.end++] = 0xf6;
  }

  /** Bytes that are CBOR already. */
  raw(encoded: Uint8Array): void {
    const { length } = encoded;
    this.reserve(length);
    const { buffer, end } = this;
    // Below some 32 bytes a loop beats the call of set().
    if (length < 32) for (let i = 0; i < length; i++) buffer[end + i] = encoded[i]!;
    else buffer.set(encoded, end);
    this.end = end + length;
  }

  /** Room for the header of a map whose number of entries is known later: see patchMapHeader. */
  reserveMapHeader(most: number): number {
    const at = this.end;
    this.head(0xa0, most);
    return at;
  }

  /** Puts the number of entries in place; moves them when their header is shorter than what was reserved. */
  patchMapHeader(at: number, most: number, entries: number): void {
    if (entries === most) return;
    const { end } = this;
    const reserved = headSize(most);
    this.end = at;
    this.head(0xa0, entries);
    const shift = reserved - headSize(entries);
    if (shift > 0) this.buffer.copyWithin(at + reserved - shift, at + reserved, end);
    this.end = end - shift;
  }

  private encodedText(value: string): void {
    // UTF-8 has at most three bytes per UTF-16 code unit.
    this.reserve(value.length * 3 + 9);
    const start = this.end;
    const guess = headSize(value.length);
    const { written } = utf8.encodeInto(value, this.buffer.subarray(start + guess));
    const actual = headSize(written);
    if (actual !== guess) this.buffer.copyWithin(start + actual, start + guess, start + guess + written);
    this.head(0x60, written);
    this.end = start + actual + written;
  }

  private head(major: number, argument: number): void {
    this.reserve(9);
    const { buffer } = this;
    if (argument < 24) {
      buffer[this.end++] = major | argument;
    } else if (argument < 0x100) {
      buffer[this.end++] = major | 24;
      buffer[this.end++] = argument;
    } else if (argument < 0x10000) {
      buffer[this.end++] = major | 25;
      buffer[this.end++] = argument >>> 8;
      buffer[this.end++] = argument;
    } else if (argument < 0x100000000) {
      buffer[this.end++] = major | 26;
      this.uint32(argument);
    } else {
      this.head64(major, Math.floor(argument / 0x100000000), argument % 0x100000000);
    }
  }

  private head64(major: number, high: number, low: number): void {
    this.reserve(9);
    this.buffer[this.end++] = major | 27;
    this.uint32(high);
    this.uint32(low);
  }

  private uint32(value: number): void {
    const { buffer, end } = this;
    buffer[end] = value >>> 24;
    buffer[end + 1] = value >>> 16;
    buffer[end + 2] = value >>> 8;
    buffer[end + 3] = value;
    this.end = end + 4;
  }

  private reserve(more: number): void {
    const needed = this.end + more;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.end));
    this.use(grown);
  }

  private use(buffer: Uint8Array): void {
    this.buffer = buffer;
    this.numbers = viewOf(buffer);
  }
}

function headSize(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x10000) return 3;
  return argument < 0x100000000 ? 5 : 9;
}
