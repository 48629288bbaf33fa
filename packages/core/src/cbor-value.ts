import type { CborReader } from "./cbor-reader.js";
import { limits } from "./limits.js";

/** A row's map, a list field, and within it a JSON value of the greatest depth. */
const MAX_DEPTH = limits.depth + 2;

/**
 * Reads any item: maps become objects, integers numbers when safe and bigints otherwise.
 *
 * @throws DigestSyncError "malformed", also for arrays and maps nested deeper than `depth`
 * @example
 * readValue(new CborReader(fromHex("8201a0"))) // [1, {}]
 */
export function readValue(reader: CborReader, depth: number = MAX_DEPTH): unknown {
  switch (reader.kind()) {
    case "integer":
      return reader.integer();
    case "bytes":
      return reader.bytes();
    case "text":
      return reader.text();
    case "boolean":
      return reader.bool();
    case "null":
      return reader.null();
    case "float":
      return reader.float64();
    case "array": {
      descend(reader, depth);
      const items: unknown[] = [];
      for (let left = reader.arrayHeader(); left > 0; left--) items.push(readValue(reader, depth - 1));
      return items;
    }
    case "map": {
      descend(reader, depth);
      const object: Record<string, unknown> = {};
      let previous = -1;
      for (let left = reader.mapHeader(); left > 0; left--) {
        const at = reader.offset;
        const key = reader.key(previous);
        previous = at;
        setOwn(object, key, readValue(reader, depth - 1));
      }
      return object;
    }
  }
}

/** Reads past any item, as strictly as `readValue`, and builds nothing. */
export function skipValue(reader: CborReader, depth: number = MAX_DEPTH): void {
  const kind = reader.kind();
  if (kind === "array") {
    descend(reader, depth);
    for (let left = reader.arrayHeader(); left > 0; left--) skipValue(reader, depth - 1);
  } else if (kind === "map") {
    descend(reader, depth);
    let previous = -1;
    for (let left = reader.mapHeader(); left > 0; left--) {
      const at = reader.offset;
      if (reader.kind() !== "text") reader.fail("expected text");
      reader.skipString();
      if (previous >= 0) reader.checkKeyOrder(previous, at);
      previous = at;
      skipValue(reader, depth - 1);
    }
  } else if (kind === "text" || kind === "bytes") {
    reader.skipString();
  } else {
    readValue(reader, depth);
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
