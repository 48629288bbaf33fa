import type { Collection } from "@digest-sync/core";
import type { Row, Table } from "@digest-sync/engine";

/** Prisma's `select`, as deep as a scope path leads. */
export interface Select {
  [field: string]: true | { readonly select: Select };
}

/** What to read of a collection, and how a row becomes what the engine knows: flat, its lists sorted. */
export interface Selection {
  /** Everything the encoding, the key, the scope and the filter need; named, so that a global `omit` has no say. */
  readonly select: Select;
  flatten(row: Record<string, unknown>): Row;
}

/**
 * The selection for a collection: `chat.accountId` is read as `select: { chat: { select: { accountId: true } } }` and
 * becomes `row["chat.accountId"]`; a list of related rows becomes the sorted list of their ids.
 */
export function selectionOf(collection: Collection, table: Table | undefined): Selection {
  const select: Select = {};
  const lists = Object.entries(table?.lists ?? {}).map(([field, { id }]) => ({ field, id }));
  const paths = collection.scope.filter((path) => path.includes(".")).map((path) => ({ path, names: path.split(".") }));
  const names = [
    ...collection.fields.map(({ name }) => name),
    ...collection.key,
    ...Object.keys(collection.where ?? {}),
  ];
  for (const name of [...names, ...collection.scope]) if (!name.includes(".")) select[name] = true;
  for (const { field, id } of lists) select[field] = { select: { [id]: true } };
  for (const { names: steps } of paths) {
    let inner = select;
    for (const name of steps.slice(0, -1)) {
      const deeper = inner[name];
      const next: Select = typeof deeper === "object" ? deeper.select : {};
      inner[name] = { select: next };
      inner = next;
    }
    inner[steps.at(-1) as string] = true;
  }
  if (lists.length === 0 && paths.length === 0) return { select, flatten: (row) => row };
  return {
    select,
    flatten: (row) => {
      const flat = { ...row };
      for (const { path, names: steps } of paths) {
        let value: unknown = row;
        for (const name of steps) value = (value as Record<string, unknown> | null | undefined)?.[name];
        flat[path] = value ?? null;
      }
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
