// Digest algorithms for those who know what they give up. A subpath of its own, so that nobody else ships them. With
// each of them equal roots are no longer a proof: whoever can write rows can make two different rows with one digest
// (md5, sha1: collisions are practical; crc32: by hand), and then a client keeps the wrong one unnoticed.
import type { Algorithm } from "./algorithm.js";

/**
 * CRC-32 (RFC 1952, 8), 4 bytes. No hash at all: by chance alone two of about 77,000 rows collide with a probability
 * of one half, and what collides is never synced.
 *
 * @example
 * import { registerAlgorithm } from "@digest-sync/core"
 * import { crc32 } from "@digest-sync/core/weak-algorithms"
 * registerAlgorithm(crc32) // on the server and on every client
 */
export const crc32: Algorithm = {
  name: "crc32",
  hash: (bytes) => {
    let crc = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) crc = crcOfByte[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
    return bytesOf([~crc], false);
  },
};

/** MD5 (RFC 1321), 16 bytes. Collisions can be made in seconds. Register it as {@link crc32}. */
export const md5: Algorithm = { name: "md5", hash: md5Hash };

/** SHA-1 (FIPS 180-4), 20 bytes. Collisions have been made since 2017. Register it as {@link crc32}. */
export const sha1: Algorithm = { name: "sha1", hash: sha1Hash };

const crcOfByte = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** RFC 1321, 3.4: T[i] is the integer part of 2^32 times abs(sin(i)). */
const md5Sines = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
const md5Shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

function md5Hash(bytes: Uint8Array): Uint8Array {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  const message = padded(bytes, true);
  for (let block = 0; block < message.byteLength; block += 64) {
    let [a, b, c, d] = state as [number, number, number, number];
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      let mixed: number;
      let word: number;
      if (round === 0) {
        mixed = (b & c) | (~b & d);
        word = step;
      } else if (round === 1) {
        mixed = (d & b) | (~d & c);
        word = 5 * step + 1;
      } else if (round === 2) {
        mixed = b ^ c ^ d;
        word = 3 * step + 5;
      } else {
        mixed = c ^ (b | ~d);
        word = 7 * step;
      }
      const sum = (a + mixed + md5Sines[step]! + message.getInt32(block + 4 * (word & 15), true)) | 0;
      a = d;
      d = c;
      c = b;
      b = (b + rotated(sum, md5Shifts[round]![step & 3]!)) | 0;
    }
    add(state, [a, b, c, d]);
  }
  return bytesOf(state, true);
}

const sha1Constants = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6] as const;

function sha1Hash(bytes: Uint8Array): Uint8Array {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const message = padded(bytes, false);
  const words = new Int32Array(80);
  for (let block = 0; block < message.byteLength; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = message.getInt32(block + 4 * i);
    for (let i = 16; i < 80; i++)
      words[i] = rotated(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1);
    let [a, b, c, d, e] = state as [number, number, number, number, number];
    for (let step = 0; step < 80; step++) {
      const round = Math.floor(step / 20);
      const mixed = round === 0 ? (b & c) | (~b & d) : round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      const sum = (rotated(a, 5) + mixed + e + sha1Constants[round]! + words[step]!) | 0;
      e = d;
      d = c;
      c = rotated(b, 30);
      b = a;
      a = sum;
    }
    add(state, [a, b, c, d, e]);
  }
  return bytesOf(state, false);
}

/** The message, a one bit, zeros, and the message's length in bits as 64 bits: blocks of 64 bytes. */
function padded(bytes: Uint8Array, littleEndian: boolean): DataView {
  const { length } = bytes;
  const blocks = Math.floor((length + 8) / 64) + 1;
  const message = new Uint8Array(blocks * 64);
  message.set(bytes);
  message[length] = 0x80;
  const view = new DataView(message.buffer);
  const end = message.length - 8;
  view.setUint32(end + (littleEndian ? 0 : 4), length << 3, littleEndian);
  view.setUint32(end + (littleEndian ? 4 : 0), Math.floor(length / 0x20000000), littleEndian);
  return view;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function add(state: number[], more: readonly number[]): void {
  for (let i = 0; i < state.length; i++) state[i] = (state[i]! + more[i]!) | 0;
}

function bytesOf(words: readonly number[], littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  for (let i = 0; i < words.length; i++) view.setInt32(4 * i, words[i]!, littleEndian);
  return new Uint8Array(view.buffer);
}
