import { anyItem, anyText, integers, many } from "./items.js";
import { type Entries, head, type Item, isEntries } from "./loose.js";
import type { Random } from "./random.js";

/** Changes one to four properties of a message. */
export function mutate(random: Random, original: Entries): Entries {
  let entries = [...original.entries];
  for (let times = random.size(1, 4); times > 0; times--) {
    const at = random.below(entries.length);
    const [name, value] = entries[at] ?? ["protocol", 1];
    switch (random.below(9)) {
      case 0:
        entries.splice(at, 1);
        break;
      case 1:
        entries.splice(at, 0, [name, anyItem(random)]);
        break;
      case 2:
        entries.splice(at, 0, [anyText(random), anyItem(random)]);
        break;
      case 3:
        entries[at] = [anyText(random), value];
        break;
      case 4:
        entries = random.sample(entries, entries.length);
        break;
      case 5:
        entries[at] = [name, typeof value === "number" ? random.pick(integers) : anyItem(random)];
        break;
      case 6:
        entries[at] = [name, changed(random, value)];
        break;
      case 7:
        entries.push(...many(random));
        break;
      default:
        entries[at] = [name, anyItem(random)];
    }
    if (entries.length === 0) entries.push(["protocol", 1]);
  }
  return { entries };
}

function changed(random: Random, value: Item): Item {
  if (value instanceof Uint8Array) return mutateBytes(random, value);
  if (typeof value === "string") return random.chance(0.5) ? value + anyText(random) : value.slice(1);
  if (Array.isArray(value))
    return random.chance(0.5)
      ? [...value, ...value]
      : Array.from({ length: random.size(1, 60_000) }, (_, i) => `c${i}`);
  if (isEntries(value)) return mutate(random, value);
  return anyItem(random);
}

/** Truncates, flips, inserts, repeats, removes, overwrites. */
export function mutateBytes(random: Random, original: Uint8Array): Uint8Array {
  let bytes = Buffer.from(original);
  for (let times = random.size(1, 6); times > 0; times--) {
    const at = random.below(bytes.length + 1);
    const length = random.size(1, Math.max(1, bytes.length - at));
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (random.below(7)) {
      case 0:
        bytes = Buffer.from(before);
        break;
      case 1:
        if (after.length > 0) after[0] = after[0]! ^ (1 << random.below(8));
        break;
      case 2:
        bytes = Buffer.concat([before, random.bytes(random.size(1, 64)), after]);
        break;
      case 3: {
        const part = after.subarray(0, length);
        const repeats = random.size(1, Math.max(1, Math.floor(100_000 / Math.max(1, part.length))));
        bytes = Buffer.concat([before, ...Array.from({ length: repeats }, () => part), after]);
        break;
      }
      case 4:
        bytes = Buffer.concat([before, after.subarray(length)]);
        break;
      case 5:
        if (after.length > 0)
          after[0] = random.pick([0x00, 0xff, 0x7f, 0x80, 0x1b, 0x5b, 0x7b, 0x9b, 0xbb, 0x9f, 0xbf]);
        break;
      default:
        bytes = Buffer.concat([
          before,
          head(random.pick([0x40, 0x60, 0x80, 0xa0]), 1n << BigInt(random.below(64))),
          after,
        ]);
    }
  }
  return bytes;
}
