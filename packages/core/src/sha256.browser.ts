/**
 * SHA-256 (FIPS 180-4) for browsers, whose own crypto.subtle is asynchronous. A third of the bytes of fast-sha256, which
 * brings HMAC and PBKDF2 in a form that no bundler can shake, and faster on many short rows: nothing is allocated but the
 * digest.
 */
export const sha256: (bytes: Uint8Array) => Uint8Array = (bytes) => {
  const { length } = bytes;
  state.set(initial);
  let at = 0;
  for (; at + 64 <= length; at += 64) compress(bytes, at);
  // What is left, a one bit, zeros, and the length in bits.
  tail.fill(0);
  tail.set(bytes.subarray(at));
  tail[length - at] = 0x80;
  const end = length - at < 56 ? 64 : 128;
  const tailView = new DataView(tail.buffer);
  tailView.setUint32(end - 8, length / 0x20000000);
  tailView.setUint32(end - 4, length << 3);
  for (at = 0; at < end; at += 64) compress(tail, at);
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  for (let i = 0; i < 8; i++) view.setInt32(4 * i, state[i]!);
  return digest;
};

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of eight. */
const constants = new Int32Array(64);
const initial = new Int32Array(8);
const state = new Int32Array(8);
const words = new Int32Array(64);
const tail = new Uint8Array(128);

for (let candidate = 2, primes = 0; primes < 64; candidate++) {
  let divisor = 2;
  while (candidate % divisor !== 0) divisor++;
  if (divisor < candidate) continue;
  // Doubles have 53 bits, of which three at most stand before the point: ample for 32 behind it.
  if (primes < 8) initial[primes] = (candidate ** (1 / 2) % 1) * 0x100000000;
  constants[primes++] = (candidate ** (1 / 3) % 1) * 0x100000000;
}

function compress(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++, at += 4) {
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!;
    const y = words[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = words[i - 16]! + s0 + words[i - 7]! + s1;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
