import {
  type Collection,
  compareKeys,
  compileDigest,
  compileRowEncoder,
  findCollection,
  keyText,
  type Manifest,
  RootState,
  Sketch,
  toHex,
} from "@digest-sync/core";

export interface ReferenceRow {
  readonly collection: string;
  readonly key: string;
  readonly digest: Uint8Array;
  readonly encoding: Uint8Array;
}

/** Sets of rows in memory, with roots and sketches built from scratch each time: slow, and plainly right. */
export class ReferenceSet {
  private readonly rows = new Map<string, ReferenceRow>();

  constructor(readonly manifest: Manifest) {}

  put(name: string, ...rows: readonly object[]): void {
    const collection = findCollection(this.manifest, name);
    const encode = compileRowEncoder(collection);
    for (const row of rows) this.putEncoding(collection, row as Record<string, unknown>, encode(row as never));
  }

  remove(name: string, key: string): void {
    this.rows.delete(`${name}/${key}`);
  }

  clear(): void {
    this.rows.clear();
  }

  /** All rows of these collections in the order of a pull. */
  list(names: readonly string[]): ReferenceRow[] {
    return [...this.rows.values()]
      .filter(({ collection }) => names.includes(collection))
      .sort((a, b) => compareKeys(a.collection, b.collection) || compareKeys(a.key, b.key));
  }

  root(names: readonly string[]): { count: number; root: Uint8Array } {
    const state = new RootState();
    for (const { digest } of this.list(names)) state.add(digest);
    return { count: state.count, root: state.root() };
  }

  sketch(names: readonly string[], cells: number, window: number): Sketch {
    const sketch = Sketch.of(cells);
    for (const { digest } of this.list(names)) sketch.add(digest, window);
    return sketch;
  }

  /** What the set holds, to compare with what a client holds: encodings as hex by collection and key. */
  contents(): Record<string, string> {
    return Object.fromEntries([...this.rows].sort().map(([address, { encoding }]) => [address, toHex(encoding)]));
  }

  private putEncoding(collection: Collection, row: Record<string, unknown>, encoding: Uint8Array): void {
    const { name } = collection;
    const key = keyText(collection, row);
    const digest = compileDigest(name, this.manifest.algorithm)(encoding);
    this.rows.set(`${name}/${key}`, { collection: name, key, digest, encoding });
  }
}
