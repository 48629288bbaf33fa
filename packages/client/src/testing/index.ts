import { concurrencyCases } from "./concurrency.js";
import { contractCases } from "./contract.js";
import { damageCases } from "./damage.js";
import type { StoreUnderTest } from "./fixture.js";
import { growthCases } from "./growth.js";

export { type StoreUnderTest, storeTestManifest } from "./fixture.js";

/** One case of the suite: rejects with an Error that says what is wrong. */
export interface StoreCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * What every LocalStore must do, as cases for any test runner. Cases that need an option of `StoreUnderTest` that is not
 * given are left out.
 *
 * @example
 * for (const { name, run } of testLocalStore({ open: (name) => myStore(name) })) it(name, run);
 */
export function testLocalStore(store: StoreUnderTest): StoreCase[] {
  const groups = [contractCases(store), concurrencyCases(store), damageCases(store), growthCases(store)];
  let opened = 0;
  return groups.flatMap((cases) =>
    Object.entries(cases).map(([name, run]) => ({ name, run: () => run(`store-${++opened}`) })),
  );
}
