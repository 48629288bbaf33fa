import {
  type Collection,
  compileRowDecoder,
  compileRowEncoder,
  equalBytes,
  type KeyValue,
  keyText,
  parseKey,
} from "@digest-sync/core";
import { DbNull, JsonNull } from "@prisma/client/runtime/client";

type Row = Record<string, unknown>;

/** What a Prisma client has of each model; structural, for every user's client is generated. */
export interface ModelDelegate {
  findMany(args: object): PromiseLike<Row[]>;
  create(args: object): PromiseLike<unknown>;
  createMany(args: object): PromiseLike<{ count: number }>;
  updateMany(args: object): PromiseLike<{ count: number }>;
  deleteMany(args: object): PromiseLike<{ count: number }>;
}
export type Models = Readonly<Record<string, ModelDelegate | undefined>>;

/** Keys in one condition: Prisma fails at 1,000 tuples on SQLite. */
export const KEYS_AT_ONCE = 400;

/** A collection's table in the user's database: rows go in and come out as their encodings. */
export class PrismaTable {
  private readonly columns: Collection;
  private readonly decode: (encoding: Uint8Array) => Row;
  private readonly encode: (row: Row) => Uint8Array;
  private readonly select: Readonly<Record<string, true>>;

  /** @param omitted fields that have no column */
  constructor(
    readonly collection: Collection,
    omitted: readonly string[],
  ) {
    this.columns = { ...collection, fields: collection.fields.filter(({ name }) => !omitted.includes(name)) };
    this.decode = compileRowDecoder(collection);
    this.encode = compileRowEncoder(this.columns);
    this.select = Object.fromEntries(this.columns.fields.map(({ name }) => [name, true]));
  }

  /** The encoding of what the columns hold of this row: another one where the encoding says more. */
  ownEncoding(encoding: Uint8Array): Uint8Array {
    return this.encode(this.decode(encoding));
  }

  /** The encodings of the rows with these keys as the table has them now, by key. None where a row cannot be encoded. */
  async read(models: Models, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (const where of this.conditions(keys)) {
      for (const row of await this.delegate(models).findMany({ where, select: this.select })) {
        try {
          found.set(keyText(this.collection, row), this.encode(row));
        } catch {
          // Somebody's own edit: the audit sees a row without bytes.
        }
      }
    }
    return found;
  }

  /** Row by row what is there already, at once what is new: deleting first would cascade to whatever refers to a row. */
  async write(models: Models, encodings: readonly { key: string; encoding: Uint8Array }[]): Promise<void> {
    const delegate = this.delegate(models);
    const select = Object.fromEntries(this.collection.key.map((name) => [name, true]));
    const present = new Set<string>();
    for (const where of this.conditions(encodings.map(({ key }) => key))) {
      for (const row of await delegate.findMany({ where, select })) present.add(keyText(this.collection, row));
    }
    const created: Row[] = [];
    for (const { key, encoding } of encodings) {
      const data = this.data(encoding);
      if (present.has(key)) await delegate.updateMany({ where: this.tuple(key), data });
      else created.push(data);
    }
    for (let at = 0; at < created.length; at += KEYS_AT_ONCE) {
      await delegate.createMany({ data: created.slice(at, at + KEYS_AT_ONCE) });
    }
  }

  async delete(models: Models, keys: readonly string[]): Promise<void> {
    for (const where of this.conditions(keys)) await this.delegate(models).deleteMany({ where });
  }

  /** Every key of the table, page by page. */
  async *keys(models: Models): AsyncGenerator<string[]> {
    const select = Object.fromEntries(this.collection.key.map((name) => [name, true]));
    const orderBy = this.collection.key.map((name) => ({ [name]: "asc" }));
    for (let skip = 0; ; skip += KEYS_AT_ONCE) {
      const rows = await this.delegate(models).findMany({ select, orderBy, skip, take: KEYS_AT_ONCE });
      if (rows.length > 0) yield rows.map((row) => keyText(this.collection, row));
      if (rows.length < KEYS_AT_ONCE) return;
    }
  }

  private delegate(models: Models): ModelDelegate {
    return delegateOf(models, this.collection.name);
  }

  private data(encoding: Uint8Array): Row {
    const row = this.decode(encoding);
    const data: Row = {};
    for (const { name, type, optional } of this.columns.fields) {
      // Prisma wants to be told which null a JSON column's is.
      const isJsonNull = type === "Json" && row[name] === null;
      data[name] = isJsonNull ? (optional ? DbNull : JsonNull) : row[name];
    }
    return data;
  }

  private *conditions(keys: readonly string[]): Generator<object> {
    const [name] = this.collection.key;
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const some = keys.slice(at, at + KEYS_AT_ONCE);
      if (this.collection.key.length > 1) yield { OR: some.map((key) => this.tuple(key)) };
      else yield { [name!]: { in: some.map((key) => parseKey(this.collection, key)[0]) } };
    }
  }

  private tuple(key: string): Readonly<Record<string, KeyValue>> {
    const values = parseKey(this.collection, key);
    return Object.fromEntries(this.collection.key.map((name, i) => [name, values[i]!]));
  }
}

export function delegateOf(models: Models, model: string): ModelDelegate {
  const found = models[model.charAt(0).toLowerCase() + model.slice(1)];
  if (found !== undefined) return found;
  throw new TypeError(
    `the Prisma client has no model ${model}; add it to the schema (docs/stores.md), or leave its collection out with the option collections`,
  );
}

/** What is kept: nothing when the table's row says it all. */
export function keptEncoding(table: PrismaTable, encoding: Uint8Array): Uint8Array | null {
  return equalBytes(table.ownEncoding(encoding), encoding) ? null : encoding;
}
