/**
 * Delta debugging (Zeller, Hildebrandt 2002): a part of the list that still fails, and of which nothing more can be left
 * out, or what is left when `until` (performance.now()) has come.
 */
export async function shrink<Item>(
  list: readonly Item[],
  fails: (part: readonly Item[]) => Promise<boolean>,
  until: number,
): Promise<readonly Item[]> {
  let current = list;
  for (let parts = 2; current.length > 1 && performance.now() < until; ) {
    const size = Math.ceil(current.length / parts);
    const without = await firstThat(
      Array.from({ length: Math.ceil(current.length / size) }, (_, index) => [
        ...current.slice(0, index * size),
        ...current.slice((index + 1) * size),
      ]),
      fails,
      until,
    );
    if (without) {
      current = without;
      parts = Math.max(parts - 1, 2);
    } else if (size === 1) break;
    else parts = Math.min(parts * 2, current.length);
  }
  return current;
}

async function firstThat<Item>(
  candidates: readonly Item[],
  holds: (candidate: Item) => Promise<boolean>,
  until: number,
): Promise<Item | undefined> {
  for (const candidate of candidates) {
    if (performance.now() >= until) return undefined;
    if (await holds(candidate)) return candidate;
  }
  return undefined;
}

/** Replaces items by simpler ones where it fails all the same. */
export async function simplify<Item>(
  list: readonly Item[],
  simpler: (item: Item) => readonly Item[],
  fails: (part: readonly Item[]) => Promise<boolean>,
  until: number,
): Promise<readonly Item[]> {
  let current = list;
  for (let at = 0; at < current.length && performance.now() < until; at++) {
    const candidates = simpler(current[at] as Item).map((item) => current.with(at, item));
    current = (await firstThat(candidates, fails, until)) ?? current;
  }
  return current;
}
