import type { CborReader } from "./cbor-reader.js";
import { limits } from "./limits.js";

/** A row's map, a list field, and within it a JSON value of the greatest depth. */
const MAX_DEPTH = limits.depth + 2;

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

/** Reads past any item, as strictly as `readValue`, and builds nothing. */
export function skipValue(reader: CborReader, depth: number = MAX_DEPTH): void {
  const kind = reader.kind();
  if (kind === "array" || kind === "map") {
    descend(reader, depth);
    let previous = -1;
    for (let left = reader.header(kind); left > 0; left--) {
      if (kind === "map") {
        const at = reader.offset;
        reader.expect("text");
        reader.skipString();
        if (previous >= 0) reader.checkKeyOrder(previous, at);
        previous = at;
      }
      skipValue(reader, depth - 1);
    }
  } else if (kind === "text" || kind === "bytes") {
    reader.skipString();
  } else {
    reader.scalar(kind);
  }
}

/** Sets an own property, whatever its name: a plain assignment of `__proto__` would change the prototype. */
export function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}

function descend(reader: CborReader, depth: number): void {
  if (depth <= 0) reader.fail("nested too deeply");
}
