import { addKeystream } from "#chacha20";
import { sha256 } from "#sha256";
import { viewOf } from "./bytes.js";
import { DigestSyncError } from "./errors.js";
import { requireDigest } from "./range.js";

/** Words of keystream per digest: eight blocks of sixteen. */
const KEYSTREAM_WORDS = 128;

/** Bytes of a serialised state: 128 lanes of 32 bits. */
export const STATE_BYTES = KEYSTREAM_WORDS * 4;

/** A version tag, so that no other use of SHA-256 in this protocol hashes the same input. */
const TAG = new TextEncoder().encode("digest-sync root 1\n");

/**
 * An incremental multiset hash (LtHash: Bellare and Micciancio 1997, Lewi et al. 2019) over 32-byte row digests.
 * Each digest is expanded to 512 bytes and added lane-wise, so rows come and go in any order at O(1), and the state
 * of a union is the sum of the states.
 *
 * The state is this wide because of Wagner's generalised birthday attack: sets that collide under a plain 256-bit
 * sum of digests can be built in minutes; against 4,096 bits the same attack takes about 2^127 steps.
 *
 * @example
 * const state = new RootState();
 * state.add(digest);
 * state.root(); // 32 bytes
 */
export class RootState {
  /** Digests added minus digests subtracted. */
  count = 0;
  /** The state: sums mod 2^32 of the little-endian keystream words. */
  readonly lanes = new Uint32Array(KEYSTREAM_WORDS);

  /** Adds one row's digest (32 bytes), or takes it out (-1). Throws RangeError on any other length. */
  add(digest: Uint8Array, sign: 1 | -1 = 1): void {
    requireDigest(digest);
    addKeystream(this.lanes, digest, sign);
    this.count += sign;
  }

  /** Takes one row's digest (32 bytes) out. That it was in is the caller's to know: a sum cannot tell. */
  subtract(digest: Uint8Array): void {
    this.add(digest, -1);
  }

  /** Adds everything the other state holds, or takes it out (-1). */
  merge(other: RootState, sign: 1 | -1 = 1): void {
    const { lanes } = this;
    for (let lane = 0; lane < KEYSTREAM_WORDS; lane++) lanes[lane] = (lanes[lane]! + sign * other.lanes[lane]!) | 0;
    this.count += sign * other.count;
  }

  /** Takes out everything the other state holds. */
  remove(other: RootState): void {
    this.merge(other, -1);
  }

  /** The 32-byte root: SHA-256 over a version tag, the count (u64, big-endian) and the state. */
  root(): Uint8Array {
    const input = new Uint8Array(TAG.length + 8 + STATE_BYTES);
    input.set(TAG);
    // A count below zero (a bookkeeping fault somewhere) is written mod 2^64: the root then equals nobody's, and the
    // next verification mends it, where an exception would leave the client stuck.
    viewOf(input).setBigInt64(TAG.length, BigInt(this.count));
    input.set(this.toBytes(), TAG.length + 8);
    return sha256(input);
  }

  /** The state as 512 bytes, lanes in little-endian order; the count is not part of it. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(STATE_BYTES);
    const view = viewOf(bytes);
    for (let lane = 0; lane < KEYSTREAM_WORDS; lane++) view.setUint32(lane * 4, this.lanes[lane]!, true);
    return bytes;
  }

  /** The inverse of `toBytes`. Throws "malformed" unless there are 512 bytes and a safe integer. */
  static fromBytes(count: number, bytes: Uint8Array): RootState {
    if (bytes.length !== STATE_BYTES || !Number.isSafeInteger(count)) {
      throw new DigestSyncError(
        "malformed",
        `a root state has ${STATE_BYTES} bytes and a safe integer, got ${bytes.length} bytes and ${count}`,
      );
    }
    const state = new RootState();
    const view = viewOf(bytes);
    for (let lane = 0; lane < KEYSTREAM_WORDS; lane++) state.lanes[lane] = view.getUint32(lane * 4, true);
    state.count = count;
    return state;
  }

  clone(): RootState {
    const state = new RootState();
    state.merge(this);
    return state;
  }
}
