/**
 * Bytes as they come out of a database: drivers give Buffers and ArrayBuffers, and a row that somebody edited by hand
 * anything at all, which becomes no bytes.
 */
export function storedBytes(value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(0);
}

/** The same for a digest: 32 bytes, whatever became of it. */
export function storedDigest(value: unknown): Uint8Array {
  const bytes = storedBytes(value);
  if (bytes.length === 32) return bytes;
  const digest = new Uint8Array(32);
  digest.set(bytes.subarray(0, 32));
  return digest;
}
