import { limits, RootState, Sketch } from "@digest-sync/core";
import type { ScopeRow, ScopeUpdate } from "./dialect.js";

/** Scopes of more rows than this keep a sketch in the database, so that verification need not scan. */
export const storedSketchFrom = 1_000;

/** What a scope's digests add up to, as stored beside them. */
export class Sums {
  readonly state: RootState;
  sketch: Sketch | null;

  constructor(state: RootState, sketch: Sketch | null) {
    this.state = state;
    this.sketch = sketch;
  }

  static of(row: ScopeRow): Sums {
    const state = row.state ? RootState.fromBytes(Number(row.count), row.state) : new RootState();
    return new Sums(state, row.sketch ? Sketch.fromStored(row.sketch) : null);
  }

  add(digest: Uint8Array): void {
    this.state.add(digest);
    this.sketch?.add(digest);
  }

  subtract(digest: Uint8Array): void {
    this.state.subtract(digest);
    this.sketch?.subtract(digest);
  }

  get needsSketch(): boolean {
    return this.sketch === null && this.state.count > storedSketchFrom;
  }

  startSketch(): Sketch {
    this.sketch = Sketch.of(limits.storedCells);
    return this.sketch;
  }

  update({ id, version }: ScopeRow): ScopeUpdate {
    return {
      id,
      version,
      count: this.state.count,
      state: this.state.toBytes(),
      sketch: this.sketch?.toStored() ?? null,
    };
  }
}
