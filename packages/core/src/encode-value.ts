import { compareBytes, isBytes, joinBytes, viewOf } from "./bytes.js";

const utf8 = new TextEncoder();

/**
 * The DAG-CBOR of any value that messages and manifests are made of: null, booleans, numbers (safe integers as integers),
 * text, byte strings, arrays, and objects, whose members that are undefined are left out. Small, for clients send little;
 * rows have their compiled encoders.
 *
 * @example
 * encodeValue({ id: 7 }) // Uint8Array a1 62 69 64 07
 */
export function encodeValue(value: unknown): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  write(value, (part) => parts.push(part));
  return joinBytes(parts);
}

function write(value: unknown, put: (part: Uint8Array) => unknown): void {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) put(value < 0 ? head(0x20, -1 - value) : head(0, value));
    else put(float64(value));
  } else if (typeof value === "string") {
    const bytes = utf8.encode(value);
    put(head(0x60, bytes.length));
    put(bytes);
  } else if (isBytes(value)) {
    put(head(0x40, value.length));
    put(value);
  } else if (Array.isArray(value)) {
    put(head(0x80, value.length));
    for (const item of value) write(item, put);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).flatMap(([name, member]) =>
      member === undefined ? [] : [[encodeValue(name), member] as const],
    );
    // By the encoded names, which begin with their lengths: shorter ones first.
    entries.sort(([a], [b]) => compareBytes(a, b));
    put(head(0xa0, entries.length));
    for (const [name, member] of entries) {
      put(name);
      write(member, put);
    }
  } else {
    put(Uint8Array.of(value === true ? 0xf5 : value === false ? 0xf4 : 0xf6));
  }
}

/** The head of an item: its major type, and its argument in as few bytes as do. */
function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of(major | argument);
  const size = argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 0x100000000 ? 2 : 3;
  const bytes = new Uint8Array(9);
  viewOf(bytes).setBigUint64(1, BigInt(argument));
  const start = 8 - (1 << size);
  bytes[start] = major | (24 + size);
  return bytes.subarray(start);
}

function float64(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0xfb;
  viewOf(bytes).setFloat64(1, value);
  return bytes;
}
