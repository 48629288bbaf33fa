// Writers that keep to the grammar only where they are told to: for messages that no honest encoder would write.

/** A CBOR or JSON item. Objects are lists of entries, so that names may repeat and come in any order. */
export type Item = null | boolean | number | bigint | string | Uint8Array | readonly Item[] | Entries | Raw;

export interface Entries {
  readonly entries: readonly (readonly [string, Item])[];
}

/** Bytes to put where an item should be (in JSON: text). */
export interface Raw {
  readonly raw: Uint8Array;
}

/** Arrays have a method of that name. */
export const isEntries = (item: Item): item is Entries =>
  typeof item === "object" && item !== null && Object.hasOwn(item, "entries");
const isRaw = (item: Item): item is Raw => typeof item === "object" && item !== null && "raw" in item;

/** The entries of a message in the order of DAG-CBOR: shorter names first. */
export function message(properties: Readonly<Record<string, Item | undefined>>): Entries {
  const entries = Object.entries(properties).filter((entry): entry is [string, Item] => entry[1] !== undefined);
  return { entries: entries.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)) };
}

export function looseCbor(item: Item): Uint8Array {
  const parts: Uint8Array[] = [];
  write(parts, item);
  return Buffer.concat(parts);
}

function write(parts: Uint8Array[], item: Item): void {
  if (item === null) parts.push(Uint8Array.of(0xf6));
  else if (typeof item === "boolean") parts.push(Uint8Array.of(item ? 0xf5 : 0xf4));
  else if (typeof item === "string") {
    const text = new TextEncoder().encode(item);
    parts.push(head(0x60, BigInt(text.length)), text);
  } else if (typeof item === "bigint" || Number.isSafeInteger(item)) {
    const value = BigInt(item as bigint | number);
    parts.push(value < 0n ? head(0x20, -1n - value) : head(0x00, value));
  } else if (typeof item === "number") {
    const float = Buffer.alloc(9, 0xfb);
    float.writeDoubleBE(item, 1);
    parts.push(float);
  } else if (item instanceof Uint8Array) parts.push(head(0x40, BigInt(item.length)), item);
  else if (isRaw(item)) parts.push(item.raw);
  else if (isEntries(item)) {
    parts.push(head(0xa0, BigInt(item.entries.length)));
    for (const [name, value] of item.entries) {
      write(parts, name);
      write(parts, value);
    }
  } else {
    parts.push(head(0x80, BigInt((item as readonly Item[]).length)));
    for (const one of item as readonly Item[]) write(parts, one);
  }
}

/** The head of an item; arguments past 64 bits wrap. */
export function head(major: number, argument: bigint): Uint8Array {
  if (argument < 24n) return Uint8Array.of(major | Number(argument));
  const sizes = [1, 2, 4, 8].filter((size) => argument < 1n << BigInt(size * 8));
  const size = sizes[0] ?? 8;
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, argument), 1);
  const from = 9 - size;
  bytes[from - 1] = major | (24 + Math.log2(size));
  return bytes.subarray(from - 1);
}

export function looseJson(item: Item): string {
  if (item instanceof Uint8Array) return `"${Buffer.from(item).toString("hex")}"`;
  if (typeof item === "bigint") return String(item);
  if (typeof item === "number") return Number.isFinite(item) ? JSON.stringify(item) : "1e999";
  if (item === null || typeof item !== "object") return JSON.stringify(item);
  if (isRaw(item)) return Buffer.from(item.raw).toString("latin1");
  if (isEntries(item))
    return `{${item.entries.map(([name, value]) => `${JSON.stringify(name)}:${looseJson(value)}`).join()}}`;
  return `[${(item as readonly Item[]).map(looseJson).join()}]`;
}
