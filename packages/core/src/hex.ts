import { DigestSyncError } from "./errors.js";

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** From here on one call of TextDecoder is faster. */
const SHORT_BYTES = 64;

const ascii = new TextDecoder();

/**
 * Lowercase hexadecimal text of bytes.
 *
 * @example
 * toHex(Uint8Array.of(0, 255)) // "00ff"
 */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > SHORT_BYTES) return longHex(bytes);
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += hexOfByte[bytes[i]!]!;
  return text;
}

/** A text put together from millions of pieces is a rope that costs several times its length to flatten. */
function longHex(bytes: Uint8Array): string {
  const digits = new Uint8Array(bytes.length * 2);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    digits[2 * i] = digit(byte >> 4);
    digits[2 * i + 1] = digit(byte & 0x0f);
  }
  return ascii.decode(digits);
}

function digit(nibble: number): number {
  return nibble < 10 ? 0x30 + nibble : 0x57 + nibble;
}

/**
 * Bytes of hexadecimal text. Only lowercase is read, so that bytes have exactly one text.
 *
 * @throws DigestSyncError "malformed" when the text is not an even number of lowercase hex digits
 * @example
 * fromHex("00ff") // Uint8Array [0, 255]
 */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  // Negative once a unit was no digit: checked at the end, so that the loop has no branch.
  let faults = text.length % 2 === 0 ? 0 : -1;
  for (let i = 0; i < bytes.length; i++) {
    const high = nibble(text.charCodeAt(2 * i));
    const low = nibble(text.charCodeAt(2 * i + 1));
    faults |= high | low;
    bytes[i] = (high << 4) | low;
  }
  if (faults < 0)
    throw new DigestSyncError("malformed", "hexadecimal text must be an even number of the digits 0-9 and a-f");
  return bytes;
}

/** By UTF-16 code unit up to 127: the digit's value, or -1. */
const nibbles = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value++) nibbles[value.toString(16).charCodeAt(0)] = value;

function nibble(unit: number): number {
  return unit < 128 ? nibbles[unit]! : -1;
}
