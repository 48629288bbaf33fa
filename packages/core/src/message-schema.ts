import { limits } from "./limits.js";
import type { Bulk, Changes, InSync, LongerSketch, ManifestChanged, Page, Position } from "./protocol.js";

// What every message looks like, as data: whoever reads or writes one form only takes along what that form needs.

/** A value of one item. `is`: exactly this; otherwise the number, or the length, is within the bounds. */
export interface ScalarSchema {
  readonly kind: "text" | "integer" | "bytes" | "boolean";
  readonly is?: string | true;
  readonly least?: number;
  readonly most?: number;
  /** A length is a multiple of it. */
  readonly step?: number;
}
export interface ArraySchema {
  readonly kind: "array";
  readonly of: Schema;
  readonly most: number;
  /** No item twice. */
  readonly different?: true;
}
/** A map with these properties. Unknown ones are ignored, which leaves room for growth. */
export interface RecordSchema<T = unknown> {
  readonly kind: "map";
  readonly fields: {
    readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? OptionalSchema : RequiredSchema;
  };
}
/** One of several records, told apart by their property `type`. */
export interface VariantsSchema {
  readonly kind: "variants";
  readonly types: Readonly<Record<string, AnyRecord>>;
}
export interface AnyRecord {
  readonly kind: "map";
  readonly fields: Readonly<Record<string, Schema & { readonly optional?: true }>>;
}
export type Schema =
  | ScalarSchema
  | ArraySchema
  | AnyRecord
  | VariantsSchema
  /** Row encodings by collection. */
  | { readonly kind: "rows" }
  /** Any JSON value. */
  | { readonly kind: "json" };
type RequiredSchema = Schema & { readonly optional?: never };
type OptionalSchema = Schema & { readonly optional: true };

export const optional = true;
export const name = { kind: "text", least: 1, most: 256 } as const;
export const count = { kind: "integer", least: 0, most: Number.MAX_SAFE_INTEGER } as const;
export const window = { kind: "integer", least: 0, most: 3, optional } as const;
export const algorithm = { kind: "text", least: 1, most: 64 } as const;
export const hash = { kind: "bytes", least: 32, most: 32 } as const;
export const eightBytes = { kind: "bytes", least: 8, most: 8 } as const;
export const collections = { kind: "array", of: name, most: limits.collections, different: true, optional } as const;
export const position: RecordSchema<Position> = {
  kind: "map",
  fields: { collection: name, key: { kind: "text", least: 0, most: limits.requestBytes, optional } },
};
const flag = { kind: "boolean", is: true, optional } as const;

const inSync: RecordSchema<InSync> = {
  kind: "map",
  fields: { type: { kind: "text", is: "in-sync" }, base: hash, incomplete: { ...count, optional } },
};
const changes: RecordSchema<Changes> = {
  kind: "map",
  fields: {
    type: { kind: "text", is: "changes" },
    base: hash,
    rows: { kind: "rows" },
    stale: { kind: "bytes", least: 0, most: Number.MAX_SAFE_INTEGER, step: 8 },
    window,
    count,
    root: hash,
    more: flag,
    incomplete: { ...count, optional },
  },
};
const longerSketch: RecordSchema<LongerSketch> = {
  kind: "map",
  fields: {
    type: { kind: "text", is: "longer-sketch" },
    base: hash,
    cells: { kind: "integer", least: 1, most: limits.cells },
    window,
    count: { ...count, optional },
    counts: { kind: "bytes", least: 2, most: 2 * limits.storedCells, step: 2, optional },
  },
};
const bulk: RecordSchema<Bulk> = { kind: "map", fields: { type: { kind: "text", is: "bulk" }, base: hash, count } };
const newManifest = {
  type: { kind: "text", is: "manifest-changed" },
  manifest: eightBytes,
  unknown: collections,
} as const;
const manifestChanged: RecordSchema<ManifestChanged> = { kind: "map", fields: { ...newManifest, base: hash } };
const pullManifestChanged: RecordSchema<Omit<ManifestChanged, "base">> = { kind: "map", fields: newManifest };
const page: RecordSchema<Page> = {
  kind: "map",
  fields: { type: { kind: "text", is: "page" }, rows: { kind: "rows" }, next: { ...position, optional }, count },
};

export const verifyAnswer: VariantsSchema = {
  kind: "variants",
  types: {
    "in-sync": inSync,
    changes,
    "longer-sketch": longerSketch,
    bulk,
    "manifest-changed": manifestChanged,
  },
};
export const pullAnswer: VariantsSchema = {
  kind: "variants",
  types: { page, "manifest-changed": pullManifestChanged },
};
