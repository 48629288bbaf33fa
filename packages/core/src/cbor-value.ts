import { CborReader } from "./cbor-reader.js";
import { messageLimits as limits } from "./message-limits.js";

/** A row's map, a list field, and within it a JSON value of the greatest depth. */
export const MAX_DEPTH = limits.depth + 2;

/**
 * Reads any item: maps become objects, integers numbers when safe and bigints otherwise.
 *
 * @param check called with each value that is no array and no object, and the offset it was at
 * @throws DigestSyncError "malformed", also for arrays and maps nested deeper than `depth`
 * @example
 * readValue(new CborReader(fromHex("8201a0"))) // [1, {}]
 */
export function readValue(
  reader: CborReader,
  depth: number = MAX_DEPTH,
  check?: (value: unknown, at: number) => void,
): unknown {
  const kind = reader.kind();
  const at = reader.offset;
  if (kind !== "array" && kind !== "map") {
    const value = reader.scalar(kind);
    check?.(value, at);
    return value;
  }
  descend(reader, depth);
  let left = reader.header(kind);
  if (kind === "array") {
    const items: unknown[] = [];
    for (; left > 0; left--) items.push(readValue(reader, depth - 1, check));
    return items;
  }
  const object: Record<string, unknown> = {};
  for (let previous = -1; left > 0; left--) {
    const keyAt = reader.offset;
    const key = reader.key(previous);
    previous = keyAt;
    setOwn(object, key, readValue(reader, depth - 1, check));
  }
  return object;
}

/**
 * The value of these bytes, all of them.
 *
 * @throws DigestSyncError "malformed"
 * @example
 * decodeValue(fromHex("a1616107")) // { a: 7 }
 */
export function decodeValue(bytes: Uint8Array): unknown {
  const reader = new CborReader(bytes);
  const value = readValue(reader);
  reader.end();
  return value;
}

/** Sets an own property, whatever its name: a plain assignment of `__proto__` would change the prototype. */
export function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}

export function descend(reader: CborReader, depth: number): void {
  if (depth <= 0) reader.fail("nested too deeply");
}
