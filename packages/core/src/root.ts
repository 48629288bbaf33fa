import { addKeystream } from "#chacha20";
import { sha256 } from "#sha256";
import { DigestSyncError } from "./errors.js";

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

  /** Adds one row's digest (32 bytes). Throws RangeError on any other length. */
  add(digest: Uint8Array): void {
    assertDigest(digest);
    addKeystream(this.lanes, digest, 1);
    this.count += 1;
  }

  /** Takes one row's digest (32 bytes) out. That it was in is the caller's to know: a sum cannot tell. */
  subtract(digest: Uint8Array): void {
    assertDigest(digest);
    addKeystream(this.lanes, digest, -1);
    this.count -= 1;
  }

  /** Adds everything the other state holds. */
  merge(other: RootState): void {
    const { lanes } = this;
    for (let lane = 0; lane < KEYSTREAM_WORDS; lane++) lanes[lane] = (lanes[lane]! + other.lanes[lane]!) | 0;
    this.count += other.count;
  }

  /** Takes out everything the other state holds. */
  remove(other: RootState): void {
    const { lanes } = this;
    for (let lane = 0; lane < KEYSTREAM_WORDS; lane++) lanes[lane] = (lanes[lane]! - other.lanes[lane]!) | 0;
    this.count -= other.count;
  }

  /** The 32-byte root: SHA-256 over a version tag, the count (u64, big-endian) and the state. */
  root(): Uint8Array {
    const input = new Uint8Array(TAG.length + 8 + STATE_BYTES);
    input.set(TAG);
    // A count below zero (a bookkeeping fault somewhere) is written mod 2^64: the root then equals nobody's, and the
    // next verification mends it, where an exception would leave the client stuck.
    const view = new DataView(input.buffer);
    view.setUint32(TAG.length, Math.floor(this.count / 0x1_0000_0000));
    view.setUint32(TAG.length + 4, this.count);
    writeLanes(this.lanes, view, TAG.length + 8);
    return sha256(input);
  }

  /** The state as 512 bytes, lanes in little-endian order; the count is not part of it. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(STATE_BYTES);
    writeLanes(this.lanes, new DataView(bytes.buffer), 0);
    return bytes;
  }

  /** The inverse of `toBytes`. Throws "malformed" unless there are 512 bytes and a safe integer. */
  static fromBytes(count: number, bytes: Uint8Array): RootState {
    if (bytes.length !== STATE_BYTES) {
      throw new DigestSyncError("malformed", `a root state has ${STATE_BYTES} bytes, got ${bytes.length}`);
    }
    if (!Number.isSafeInteger(count)) {
      throw new DigestSyncError("malformed", `a root state's count is a safe integer, got ${count}`);
    }
    const state = new RootState();
    const view = new DataView(bytes.buffer, bytes.byteOffset, STATE_BYTES);
    for (let lane = 0; lane < KEYSTREAM_WORDS; lane++) state.lanes[lane] = view.getUint32(lane * 4, true);
    state.count = count;
    return state;
  }

  clone(): RootState {
    const state = new RootState();
    state.lanes.set(this.lanes);
    state.count = this.count;
    return state;
  }
}

function writeLanes(lanes: Uint32Array, view: DataView, at: number): void {
  for (let lane = 0; lane < KEYSTREAM_WORDS; lane++) view.setUint32(at + lane * 4, lanes[lane]!, true);
}

function assertDigest(digest: Uint8Array): void {
  if (digest.length !== 32)
    throw new RangeError(`"digest" expected Uint8Array of length 32, got length=${digest.length}`);
}
