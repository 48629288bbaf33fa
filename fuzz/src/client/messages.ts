import type { Position, PullAnswer, RowsByCollection, VerifyAnswer } from "@digest-sync/core";
import { type Entries, type Item, message } from "../loose.js";

/** An answer as a list of entries, to be changed in ways that its type does not allow. */
export function answerItem(answer: VerifyAnswer | PullAnswer): Entries {
  const items: Record<string, Item | undefined> = {};
  for (const [name, value] of Object.entries(answer)) {
    if (name === "rows") items[name] = message(value as RowsByCollection);
    else if (name === "next") items[name] = message(positionItems(value as Position));
    else items[name] = value as Item;
  }
  return message(items);
}

const positionItems = ({ collection, key }: Position) => ({ collection, ...(key !== undefined && { key }) });
