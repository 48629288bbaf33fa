import type { CborReader } from "./cbor-reader.js";
import { readValue, skipValue } from "./cbor-value.js";
import { sortMapKeys } from "./json-value.js";
import { limits } from "./limits.js";
import { invalid, type Kind, next, object } from "./message-kinds.js";

/** A property that may be absent. */
export interface Optional<T> extends Kind<T> {
  readonly optional: true;
}

/** The property may be absent. */
export function optional<T>(kind: Kind<T>): Optional<T> {
  return { ...kind, optional: true };
}

/** A kind for every property of T, `optional` exactly where T's property is. */
export type Properties<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Kind<T[K]> & { readonly optional?: never };
};

interface AnyKind extends Kind<unknown> {
  readonly optional?: true;
}

/**
 * A map with these properties. Unknown ones are ignored, which leaves room for growth; in CBOR they are still
 * checked to be canonical.
 */
export function record<T extends object>(properties: Properties<T>): Kind<T> {
  const kinds = new Map<string, AnyKind>(Object.entries(properties) as [string, AnyKind][]);
  // In the order of DAG-CBOR, which is also the order of the JSON.
  const order = sortMapKeys([...kinds.keys()]);

  const complete = (found: Record<string, unknown>, path: string): T => {
    for (const [name, kind] of kinds)
      if (!kind.optional && !(name in found)) throw invalid(`${path}.${name}`, "is missing");
    return found as T;
  };
  const present = (value: T): string[] =>
    order.filter((name) => (value as Record<string, unknown>)[name] !== undefined);

  return {
    read: (reader, path) => {
      const found: Record<string, unknown> = {};
      let previous = -1;
      for (let left = entries(reader, path); left > 0; left--) {
        const at = reader.offset;
        const name = next(reader, "text", path).key(previous);
        previous = at;
        const kind = kinds.get(name);
        if (kind === undefined) skipValue(reader);
        else found[name] = kind.read(reader, `${path}.${name}`);
      }
      return complete(found, path);
    },
    write: (writer, value) => {
      const names = present(value);
      writer.mapHeader(names.length);
      for (const name of names) {
        writer.text(name);
        kinds.get(name)!.write(writer, (value as Record<string, unknown>)[name]);
      }
    },
    parse: (json, path) => {
      const source = object(json, path);
      const found: Record<string, unknown> = {};
      for (const [name, kind] of kinds)
        if (Object.hasOwn(source, name)) found[name] = kind.parse(source[name], `${path}.${name}`);
      return complete(found, path);
    },
    print: (value) =>
      Object.fromEntries(
        present(value).map((name) => [name, kinds.get(name)!.print((value as Record<string, unknown>)[name])]),
      ),
  };
}

/** One of several records, told apart by their property `type`. */
export function variants<T extends { readonly type: string }>(
  kinds: {
    readonly [Type in T["type"]]: Kind<Extract<T, { readonly type: Type }>>;
  },
): Kind<T> {
  const byType = new Map<string, Kind<T>>(Object.entries(kinds) as [string, Kind<T>][]);
  const select = (type: unknown, path: string): Kind<T> => {
    const kind = typeof type === "string" ? byType.get(type) : undefined;
    if (kind === undefined) throw invalid(`${path}.type`, `must be one of ${[...byType.keys()].join(", ")}`);
    return kind;
  };
  return {
    read: (reader, path) => select(peek(reader, path, "type"), path).read(reader, path),
    write: (writer, value) => select(value.type, "type").write(writer, value),
    parse: (json, path) => select(object(json, path).type, path).parse(json, path),
    print: (value) => select(value.type, "type").print(value),
  };
}

/**
 * A record whose property `name` is checked before all others, because it decides what they mean. (Shorter names come
 * first in a map, so the reader would see it too late.)
 */
export function checkedFirst<T>(name: string, check: (value: unknown, path: string) => void, kind: Kind<T>): Kind<T> {
  return {
    ...kind,
    read: (reader, path) => {
      check(peek(reader, path, name), `${path}.${name}`);
      return kind.read(reader, path);
    },
    parse: (json, path) => {
      check(object(json, path)[name], `${path}.${name}`);
      return kind.parse(json, path);
    },
  };
}

/** The number of entries of the map that comes next. */
function entries(reader: CborReader, path: string): number {
  const count = next(reader, "map", path).mapHeader();
  if (count > limits.properties) throw invalid(path, `must have at most ${limits.properties} properties`);
  return count;
}

/** The text or integer of this name in the map that comes next; the reader stays where it is. */
function peek(reader: CborReader, path: string, name: string): unknown {
  const start = reader.offset;
  let previous = -1;
  let found: unknown;
  for (let left = entries(reader, path); left > 0 && found === undefined; left--) {
    const at = reader.offset;
    const key = next(reader, "text", path).key(previous);
    previous = at;
    const scalar = key === name && (reader.kind() === "text" || reader.kind() === "integer");
    if (scalar) found = readValue(reader);
    else skipValue(reader);
  }
  reader.offset = start;
  return found;
}
