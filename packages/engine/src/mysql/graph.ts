import type { Source } from "../dialect.js";
import type { ForeignKey, TableName } from "../manifest.js";

/** Identifies a table within one manifest. */
export const tableId = ({ schema, name }: TableName): string => JSON.stringify([schema ?? null, name]);

/** Rows that the database changes or deletes by itself because a row that they refer to, at the end of a chain, is deleted or changed. */
export interface Touched {
  /** From the row that was written (or one that went with it) down, one foreign key after the other; at least one. */
  readonly chain: readonly ForeignKey[];
  /** They are deleted; otherwise the last foreign key's columns change. */
  readonly gone: boolean;
  /** These columns become null. */
  readonly nulled: boolean;
}

/** What a foreign key's columns become when what they refer to is deleted or changes; undefined: it cannot, or they stay. */
const follows = (action: ForeignKey["onUpdate"]) => action === "Cascade" || action === "SetNull";

/** Those further down whose references change because columns of this chain's last table do. InnoDB enters no table twice. */
function further(keys: readonly ForeignKey[], root: TableName, { chain, nulled }: Touched): Touched[] {
  const last = chain.at(-1);
  if (!last) return [];
  const entered = new Set([tableId(root), ...chain.map(({ table }) => tableId(table))]);
  return keys
    .filter(
      ({ to, references, onUpdate, table }) =>
        tableId(to) === tableId(last.table) &&
        references.some((column) => last.columns.includes(column)) &&
        follows(onUpdate) &&
        !entered.has(tableId(table)),
    )
    .flatMap((key) => {
      const next = { chain: [...chain, key], gone: false, nulled: nulled || key.onUpdate === "SetNull" };
      return [next, ...further(keys, root, next)];
    });
}

/** Rows that change with the key of a row of this table. */
export function touchedByUpdate({ foreignKeys }: Source, root: TableName): Touched[] {
  return foreignKeys
    .filter(({ to, onUpdate }) => tableId(to) === tableId(root) && follows(onUpdate))
    .flatMap((key) => {
      const first = { chain: [key], gone: false, nulled: key.onUpdate === "SetNull" };
      return [first, ...further(foreignKeys, root, first)];
    });
}

/** Rows that go or change when a row of this table is deleted, those that go with it left to `cascades`. */
export function touchedByDelete({ foreignKeys }: Source, root: TableName): Touched[] {
  return foreignKeys
    .filter(({ to, onDelete }) => tableId(to) === tableId(root) && follows(onDelete))
    .flatMap((key): Touched[] => {
      if (key.onDelete === "Cascade") return [{ chain: [key], gone: true, nulled: false }];
      const first = { chain: [key], gone: false, nulled: true };
      return [first, ...further(foreignKeys, root, first)];
    });
}

/** Foreign keys over which rows go when a row of this table is deleted, in the order in which they are reached. */
export function cascades({ foreignKeys }: Source, root: TableName): ForeignKey[] {
  const reached = new Set([tableId(root)]);
  const found = new Set<ForeignKey>();
  for (const id of reached) {
    for (const key of foreignKeys) {
      if (tableId(key.to) !== id || key.onDelete !== "Cascade") continue;
      found.add(key);
      reached.add(tableId(key.table));
    }
  }
  return [...found];
}
