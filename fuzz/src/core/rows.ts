import type { Collection, Field } from "@digest-sync/core";
import { anyItem } from "../items.js";
import { type Entries, type Item, message } from "../loose.js";
import type { Random } from "../random.js";

/** A row of a collection, nearly always right. */
export function rowItem(random: Random, { fields, key }: Collection): Entries {
  const items: Record<string, Item> = {};
  for (const field of fields) {
    if (!key.includes(field.name) && random.chance(0.2)) continue;
    if (random.chance(0.02)) items[field.name] = anyItem(random);
    else if (field.list) items[field.name] = Array.from({ length: random.below(4) }, () => valueItem(random, field));
    else items[field.name] = valueItem(random, field);
  }
  return message(items);
}

const decimals = ["0", "1", "-1.5", "10.0", "-0", "1e5", "00", "0.000000000000000000001", "9".repeat(200), "."];

function valueItem(random: Random, { type }: Field): Item {
  switch (type) {
    case "Int":
      return random.pick([0, 1, -1, 2 ** 31, -(2 ** 53) + 1, 2n ** 60n]);
    case "BigInt":
      return random.pick([0, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n]);
    case "Float":
      return {
        raw: Buffer.from(
          random.pick(["fb3ff8000000000000", "fb7ff8000000000000", "fb8000000000000000", "fbfff0000000000000"]),
          "hex",
        ),
      };
    case "Decimal":
      return random.pick(decimals);
    case "Boolean":
      return random.chance(0.5);
    case "DateTime":
      return random.pick([0, -1, 1_700_000_000_000, 8.64e15, 8.64e15 + 1, -8.64e15]);
    case "Bytes":
      return random.bytes(random.below(40));
    case "Json":
      return random.pick<Item>([
        1,
        1.5,
        "x",
        true,
        [],
        [null, 1],
        {
          entries: [
            ["a", 1],
            ["b", [2]],
          ],
        },
      ]);
    default:
      return random.pick(["", "a", "é", "\u{1f600}", "\ufeffx", "a/b~c", "~", "x".repeat(300)]);
  }
}
