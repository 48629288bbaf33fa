import { type CborReader, NOT_CANONICAL } from "./cbor-reader.js";
import { readValue } from "./cbor-value.js";
import { messageLimits as limits } from "./message-limits.js";

/**
 * Reads a JSON value as `writeJson` wrote it.
 *
 * @throws DigestSyncError "malformed" for an encoding that `writeJson` does not produce
 */
export function readJson(reader: CborReader): unknown {
  return readValue(reader, limits.depth, (value, at) => {
    if (typeof value === "object" && value !== null) reader.fail("bytes in a JSON value", at);
    const isFloat = typeof value === "number" && !Number.isSafeInteger(value);
    if (typeof value === "bigint" || (isFloat && !Number.isFinite(value))) reader.fail("not a number of JSON", at);
    // A safe integer takes at most 9 bytes as well, so the first byte tells how it was written.
    if (typeof value === "number" && isFloat !== reader.isFloat(at)) reader.fail(NOT_CANONICAL, at);
  });
}
