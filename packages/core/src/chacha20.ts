/**
 * The ChaCha20 keystream (RFC 8439, section 2.3), used as an expansion of a 32-byte digest to 512 bytes: the key is
 * the digest, the nonce is zero, the block counter runs from 0 to 7. Nothing is encrypted here and nothing is secret.
 *
 * Unrolled over local variables, because a row pays for eight blocks on every write: a loop over an array of words
 * takes about three times as long.
 */

/** "expand 32-byte k" as little-endian words (RFC 8439, section 2.3). */
const C0 = 0x61707865;
const C1 = 0x3320646e;
const C2 = 0x79622d32;
const C3 = 0x6b206574;

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/**
 * Adds (`sign` 1) or subtracts (`sign` -1) the 128 little-endian keystream words of `key` to the lanes, mod 2^32.
 * `key` has 32 bytes and `lanes` 128 words; both are the caller's to check.
 */
export function addKeystream(lanes: Uint32Array, key: Uint8Array, sign: 1 | -1): void {
  const k0 = word(key, 0);
  const k1 = word(key, 4);
  const k2 = word(key, 8);
  const k3 = word(key, 12);
  const k4 = word(key, 16);
  const k5 = word(key, 20);
  const k6 = word(key, 24);
  const k7 = word(key, 28);
  // Two's complement negation without a branch or a multiplication: -v = (v ^ -1) - (-1).
  const flip = sign < 0 ? -1 : 0;

  for (let block = 0; block < 8; block++) {
    let x0 = C0;
    let x1 = C1;
    let x2 = C2;
    let x3 = C3;
    let x4 = k0;
    let x5 = k1;
    let x6 = k2;
    let x7 = k3;
    let x8 = k4;
    let x9 = k5;
    let x10 = k6;
    let x11 = k7;
    let x12 = block;
    let x13 = 0;
    let x14 = 0;
    let x15 = 0;

    for (let round = 0; round < 20; round += 2) {
      // Columns
      x0 = (x0 + x4) | 0;
      x12 ^= x0;
      x12 = (x12 << 16) | (x12 >>> 16);
      x8 = (x8 + x12) | 0;
      x4 ^= x8;
      x4 = (x4 << 12) | (x4 >>> 20);
      x0 = (x0 + x4) | 0;
      x12 ^= x0;
      x12 = (x12 << 8) | (x12 >>> 24);
      x8 = (x8 + x12) | 0;
      x4 ^= x8;
      x4 = (x4 << 7) | (x4 >>> 25);
      x1 = (x1 + x5) | 0;
      x13 ^= x1;
      x13 = (x13 << 16) | (x13 >>> 16);
      x9 = (x9 + x13) | 0;
      x5 ^= x9;
      x5 = (x5 << 12) | (x5 >>> 20);
      x1 = (x1 + x5) | 0;
      x13 ^= x1;
      x13 = (x13 << 8) | (x13 >>> 24);
      x9 = (x9 + x13) | 0;
      x5 ^= x9;
      x5 = (x5 << 7) | (x5 >>> 25);
      x2 = (x2 + x6) | 0;
      x14 ^= x2;
      x14 = (x14 << 16) | (x14 >>> 16);
      x10 = (x10 + x14) | 0;
      x6 ^= x10;
      x6 = (x6 << 12) | (x6 >>> 20);
      x2 = (x2 + x6) | 0;
      x14 ^= x2;
      x14 = (x14 << 8) | (x14 >>> 24);
      x10 = (x10 + x14) | 0;
      x6 ^= x10;
      x6 = (x6 << 7) | (x6 >>> 25);
      x3 = (x3 + x7) | 0;
      x15 ^= x3;
      x15 = (x15 << 16) | (x15 >>> 16);
      x11 = (x11 + x15) | 0;
      x7 ^= x11;
      x7 = (x7 << 12) | (x7 >>> 20);
      x3 = (x3 + x7) | 0;
      x15 ^= x3;
      x15 = (x15 << 8) | (x15 >>> 24);
      x11 = (x11 + x15) | 0;
      x7 ^= x11;
      x7 = (x7 << 7) | (x7 >>> 25);
      // Diagonals
      x0 = (x0 + x5) | 0;
      x15 ^= x0;
      x15 = (x15 << 16) | (x15 >>> 16);
      x10 = (x10 + x15) | 0;
      x5 ^= x10;
      x5 = (x5 << 12) | (x5 >>> 20);
      x0 = (x0 + x5) | 0;
      x15 ^= x0;
      x15 = (x15 << 8) | (x15 >>> 24);
      x10 = (x10 + x15) | 0;
      x5 ^= x10;
      x5 = (x5 << 7) | (x5 >>> 25);
      x1 = (x1 + x6) | 0;
      x12 ^= x1;
      x12 = (x12 << 16) | (x12 >>> 16);
      x11 = (x11 + x12) | 0;
      x6 ^= x11;
      x6 = (x6 << 12) | (x6 >>> 20);
      x1 = (x1 + x6) | 0;
      x12 ^= x1;
      x12 = (x12 << 8) | (x12 >>> 24);
      x11 = (x11 + x12) | 0;
      x6 ^= x11;
      x6 = (x6 << 7) | (x6 >>> 25);
      x2 = (x2 + x7) | 0;
      x13 ^= x2;
      x13 = (x13 << 16) | (x13 >>> 16);
      x8 = (x8 + x13) | 0;
      x7 ^= x8;
      x7 = (x7 << 12) | (x7 >>> 20);
      x2 = (x2 + x7) | 0;
      x13 ^= x2;
      x13 = (x13 << 8) | (x13 >>> 24);
      x8 = (x8 + x13) | 0;
      x7 ^= x8;
      x7 = (x7 << 7) | (x7 >>> 25);
      x3 = (x3 + x4) | 0;
      x14 ^= x3;
      x14 = (x14 << 16) | (x14 >>> 16);
      x9 = (x9 + x14) | 0;
      x4 ^= x9;
      x4 = (x4 << 12) | (x4 >>> 20);
      x3 = (x3 + x4) | 0;
      x14 ^= x3;
      x14 = (x14 << 8) | (x14 >>> 24);
      x9 = (x9 + x14) | 0;
      x4 ^= x9;
      x4 = (x4 << 7) | (x4 >>> 25);
    }

    const at = block * 16;
    lanes[at] = (lanes[at]! + ((x0 + C0) ^ flip) - flip) | 0;
    lanes[at + 1] = (lanes[at + 1]! + ((x1 + C1) ^ flip) - flip) | 0;
    lanes[at + 2] = (lanes[at + 2]! + ((x2 + C2) ^ flip) - flip) | 0;
    lanes[at + 3] = (lanes[at + 3]! + ((x3 + C3) ^ flip) - flip) | 0;
    lanes[at + 4] = (lanes[at + 4]! + ((x4 + k0) ^ flip) - flip) | 0;
    lanes[at + 5] = (lanes[at + 5]! + ((x5 + k1) ^ flip) - flip) | 0;
    lanes[at + 6] = (lanes[at + 6]! + ((x6 + k2) ^ flip) - flip) | 0;
    lanes[at + 7] = (lanes[at + 7]! + ((x7 + k3) ^ flip) - flip) | 0;
    lanes[at + 8] = (lanes[at + 8]! + ((x8 + k4) ^ flip) - flip) | 0;
    lanes[at + 9] = (lanes[at + 9]! + ((x9 + k5) ^ flip) - flip) | 0;
    lanes[at + 10] = (lanes[at + 10]! + ((x10 + k6) ^ flip) - flip) | 0;
    lanes[at + 11] = (lanes[at + 11]! + ((x11 + k7) ^ flip) - flip) | 0;
    lanes[at + 12] = (lanes[at + 12]! + ((x12 + block) ^ flip) - flip) | 0;
    lanes[at + 13] = (lanes[at + 13]! + (x13 ^ flip) - flip) | 0;
    lanes[at + 14] = (lanes[at + 14]! + (x14 ^ flip) - flip) | 0;
    lanes[at + 15] = (lanes[at + 15]! + (x15 ^ flip) - flip) | 0;
  }
}
