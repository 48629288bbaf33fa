import type { Collection } from "@digest-sync/core";
import type { Row, Table } from "@digest-sync/engine";

/** Prisma's `select`: fields, and the ids of lists. */
export interface Select {
  [field: string]: true | { readonly select: Select };
}

/** What to read of a collection, and how a row becomes what the engine knows: its lists sorted. */
export interface Selection {
  /** Everything the encoding, the key, the scope and the filter need; named, so that a global `omit` has no say. */
  readonly select: Select;
  flatten(row: Record<string, unknown>): Row;
}

/**
 * The selection for a collection. A list of related rows becomes the sorted list of their ids. Scopes that lead through
 * relations are the database's to say: not read here.
 */
export function selectionOf(collection: Collection, table: Table | undefined): Selection {
  const select: Select = {};
  const lists = Object.entries(table?.lists ?? {}).map(([field, { id }]) => ({ field, id }));
  const names = [
    ...collection.fields.map(({ name }) => name),
    ...collection.key,
    ...Object.keys(collection.where ?? {}),
    ...collection.scope,
  ];
  for (const name of names) if (!name.includes(".")) select[name] = true;
  for (const { field, id } of lists) select[field] = { select: { [id]: true } };
  if (lists.length === 0) return { select, flatten: (row) => row };
  return {
    select,
    flatten: (row) => {
      const flat = { ...row };
      for (const { field, id } of lists)
        flat[field] = sorted((row[field] as Record<string, Id>[]).map((one) => one[id] as Id));
      return flat;
    },
  };
}

type Id = string | number | bigint;

/** Numbers by value, text by its UTF-8 bytes: the one order that every database and language has. */
function sorted(ids: Id[]): Id[] {
  return ids.sort((a, b) => {
    if (typeof a === "string" || typeof b === "string") return Buffer.compare(Buffer.from(`${a}`), Buffer.from(`${b}`));
    return a > b ? 1 : -1;
  });
}
