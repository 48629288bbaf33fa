import { describe, it } from "vitest";
import { type LocalStore, memoryStore } from "../src/index.js";
import { testLocalStore } from "../src/testing/index.js";

describe("memoryStore", () => {
  const stores = new Map<string, LocalStore>();
  const open = (name: string) => {
    const store = stores.get(name) ?? memoryStore();
    stores.set(name, store);
    return store;
  };
  const damage = async (name: string, { collection, key }: { collection: string; key: string }) => {
    const [row] = await open(name).get(collection, [key]);
    row!.encoding[row!.encoding.length - 1]! ^= 1;
  };
  for (const { name, run } of testLocalStore({ open, damage })) it(name, run);
});
