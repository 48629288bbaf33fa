import { limits, Sketch, type Window } from "@digest-sync/core";
import { Random } from "../random.js";
import type { Known } from "./known.js";
import { checkOf, mappingOf } from "./mapping.js";

/** A sketch with the count it claims to be of. */
export interface Forged {
  readonly label: string;
  readonly sketch: Sketch;
  readonly count: number;
  readonly window: Window;
}

type Forger = (random: Random, known: Known, cells: number, window: Window) => Omit<Forged, "label" | "window">;

const add = (sketch: Sketch, random: Random, count: number, sign: 1 | -1) => {
  for (let i = 0; i < count; i++) sketch.addElement(random.uint32(), random.uint32(), sign);
};

/** The counts that a set of `n` may have, so that the rest of the cells is looked at. */
function plausible(sketch: Sketch, n: number): Sketch {
  for (let cell = 0; cell < sketch.cells; cell++) {
    sketch.counts[cell] = cell === 0 ? n : Math.max(0, Math.min(n, sketch.counts[cell] ?? 0));
  }
  return sketch;
}

/** Elements of which many cells know: found once, by search. */
let heavy: readonly (readonly [number, number])[] | undefined;
function heavyElements(): readonly (readonly [number, number])[] {
  if (!heavy) {
    const random = new Random(1);
    const found = Array.from({ length: 40_000 }, () => {
      const [high, low] = [random.uint32(), random.uint32()];
      return { element: [high, low] as const, indices: mappingOf(high, low, limits.cells).length };
    });
    heavy = found
      .sort((a, b) => b.indices - a.indices)
      .slice(0, 2_000)
      .map(({ element }) => element);
  }
  return heavy;
}

export const forgers: Readonly<Record<string, Forger>> = {
  honest(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    const gone = random.sample(known.digests, random.size(0, known.count));
    for (const digest of gone) sketch.subtract(digest, window);
    const extra = random.size(0, 2_000);
    add(sketch, random, extra, 1);
    return { sketch, count: known.count - gone.length + extra };
  },
  /** Taken out what was never in: the server believes it alone has them, and looks for them. */
  "fakes-on-server"(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    const fakes = random.size(1, Math.min(known.count, 24_000));
    add(sketch, random, fakes, -1);
    const count = known.count - fakes;
    return { sketch: plausible(sketch, count), count };
  },
  /** The server has everything, and not one of the elements is there. */
  "fakes-both"(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    const fakes = random.size(1, Math.min(known.count, 12_000));
    add(sketch, random, fakes, -1);
    add(sketch, random, fakes, 1);
    return { sketch: plausible(sketch, known.count), count: known.count };
  },
  "stale-only"(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    const extra = random.size(1, 24_000);
    add(sketch, random, extra, 1);
    return { sketch, count: known.count + extra };
  },
  zeros: (_random, known, cells) => ({ sketch: plausible(Sketch.of(cells), known.count), count: known.count }),
  ones(_random, known, cells) {
    const sketch = Sketch.of(cells);
    for (const lane of [sketch.sumHi, sketch.sumLo, sketch.check]) lane.fill(0xffff_ffff);
    sketch.counts.fill(known.count);
    return { sketch, count: known.count };
  },
  noise(random, known, cells) {
    const sketch = Sketch.of(cells);
    for (const lane of [sketch.sumHi, sketch.sumLo, sketch.check, sketch.counts])
      for (let cell = 0; cell < cells; cell++) lane[cell] = random.uint32();
    const count = random.pick([known.count, 0, 1, 2 ** 31, 2 ** 53 - 1]);
    for (let cell = 1; cell < cells; cell++) sketch.counts[cell] = random.below(Math.min(count, 1e9) + 1);
    sketch.counts[0] = count | 0;
    return { sketch, count };
  },
  /** Every cell's difference looks like one single element, of which the cell is in the mapping or not. */
  "pure-cells"(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    const isWithin = random.chance(0.7);
    const used = new Set<number>();
    for (let i = 0; i < cells; i++) {
      const [high, low] = [random.uint32(), random.uint32()];
      const cell = isWithin ? random.pick(mappingOf(high, low, cells)) : i;
      if (used.has(cell)) continue;
      used.add(cell);
      const sign = random.chance(0.5) ? 1 : -1;
      sketch.sumHi[cell] = sketch.sumHi[cell]! - sign * high;
      sketch.sumLo[cell] = sketch.sumLo[cell]! - sign * low;
      sketch.check[cell] = sketch.check[cell]! - sign * checkOf(high, low);
      sketch.counts[cell] = sketch.counts[cell]! - sign;
    }
    const count = Math.max(0, sketch.counts[0]!);
    return { sketch: plausible(sketch, count), count };
  },
  /** Elements with several times as many cells as others. */
  "heavy-elements"(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    const elements = random.sample(heavyElements(), random.size(1, 2_000));
    for (const [high, low] of elements) sketch.addElement(high, low, 1);
    return { sketch, count: known.count + elements.length };
  },
  /** Elements that are in cell 0 alone. */
  "ground-elements"(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    const times = random.size(1, 1_000);
    for (let i = 0; i < times; i++) sketch.addElement(0, i % 2, 1);
    return { sketch, count: known.count + times };
  },
  /** Decodes but for one cell. */
  "one-bit"(random, known, cells, window) {
    const sketch = known.sketch(cells, window);
    add(sketch, random, random.size(1, 5_000), 1);
    const count = sketch.counts[0]!;
    const lane = random.pick([sketch.sumHi, sketch.sumLo, sketch.check]);
    const cell = random.below(cells);
    lane[cell] = lane[cell]! ^ (1 << random.below(32));
    return { sketch, count };
  },
  /** The server's own sketch, and another count or root: nothing differs, and yet it does. */
  mirror: (_random, known, cells, window) => ({ sketch: known.sketch(cells, window), count: known.count }),
};

export const forgerNames = Object.keys(forgers);

export function forge(random: Random, known: Known, name = random.pick(forgerNames)): Forged {
  const cells = random.pick([1, 2, 31, 32, 33, 256, 257, 1_024, 8_192, 32_768, 32_768, random.size(1, limits.cells)]);
  const window = (random.chance(0.6) ? 0 : random.below(4)) as Window;
  const forged = (forgers[name] as Forger)(random, known, cells, window);
  return { label: `${name}/${cells}/${window}`, window, ...forged };
}
