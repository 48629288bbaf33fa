import type { NetChange } from "./net-change.js";

/** What one applied change did to the local rows. */
export interface LocalChange<Name extends string = string> {
  /** By collection, those that changed alone; keys as text, each in one of the lists. */
  readonly collections: Readonly<Partial<Record<Name, ChangedKeys>>>;
}
export interface ChangedKeys {
  readonly upserted: readonly string[];
  readonly deleted: readonly string[];
}

export function localChange({ added, deletes }: NetChange): LocalChange {
  const collections: Record<string, { upserted: string[]; deleted: string[] }> = Object.create(null);
  const of = (name: string) => {
    collections[name] ??= { upserted: [], deleted: [] };
    return collections[name];
  };
  for (const { collection, key } of added) of(collection).upserted.push(key);
  for (const { collection, key } of deletes) of(collection).deleted.push(key);
  return { collections };
}

/** Listeners that cannot disturb what they listen to: what one throws is reported as any uncaught error is. */
export class Listeners<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  /** The same function may be added twice; each call returns the way out of that one. */
  add(listener: (value: Value) => void): () => void {
    const own = (value: Value) => listener(value);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(value: Value): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
