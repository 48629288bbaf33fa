import { algorithm } from "./algorithm.js";
import { CborWriter } from "./cbor-writer.js";
import { digestPrefix } from "./digest.js";
import { encodedFields } from "./encoded-fields.js";
import { DigestSyncError } from "./errors.js";
import { type ValueWriter, valueWriter } from "./field-value.js";
import { keyText } from "./key.js";
import type { Collection, Field } from "./manifest.js";

/**
 * Compiles the function that writes a collection's canonical row encoding. Null and missing fields are left out, a
 * null list is the empty list, properties that are no field of the collection are not looked at.
 *
 * @returns a function from a row, as Prisma returns it, to its encoding
 * @throws DigestSyncError "unencodable" (the returned function) with collection, field and key, never the value
 * @example
 * const encode = compileRowEncoder(findCollection(manifest, "Contact"))
 * const encoding = encode({ id: "c1", name: "Ada", accountId: "a1" })
 */
export function compileRowEncoder(collection: Collection): (row: Readonly<Record<string, unknown>>) => Uint8Array {
  return compileRow(collection, new Uint8Array(0), (writer) => writer.finish());
}

/**
 * Compiles `digest(encode(row))` for whoever needs no encoding: hashes it where it was written, which spares an
 * allocation and a copy per row.
 *
 * @returns a function from a row, as Prisma returns it, to its row digest (32 bytes)
 * @throws DigestSyncError "unknown-algorithm"; "unencodable" (the returned function) as `compileRowEncoder` does
 * @example
 * const digestOf = compileRowDigest(findCollection(manifest, "Contact"), manifest.algorithm)
 * const digest = digestOf({ id: "c1", name: "Ada", accountId: "a1" })
 */
export function compileRowDigest(
  collection: Collection,
  algorithmName: string,
): (row: Readonly<Record<string, unknown>>) => Uint8Array {
  const { hash } = algorithm(algorithmName);
  return compileRow(collection, digestPrefix(collection.name), (writer) => hash(writer.view()));
}

function compileRow(
  collection: Collection,
  prefix: Uint8Array,
  result: (writer: CborWriter) => Uint8Array,
): (row: Readonly<Record<string, unknown>>) => Uint8Array {
  const steps = encodedFields(collection).map(({ field, name, encodedName }) => ({
    name,
    encodedName,
    list: field.list === true,
    required: collection.key.includes(name),
    write: field.list ? listWriter(field) : valueWriter(field),
  }));
  const most = steps.length;
  const shared = new CborWriter();
  let busy = false;

  function write(writer: CborWriter, row: Readonly<Record<string, unknown>>): void {
    let name: string | undefined;
    try {
      const header = writer.reserveMapHeader(most);
      let present = 0;
      for (let i = 0; i < most; i++) {
        const step = steps[i]!;
        name = step.name;
        const value = row[name];
        if (value !== null && value !== undefined) {
          writer.raw(step.encodedName);
          step.write(writer, value);
        } else if (step.list) {
          writer.raw(step.encodedName);
          writer.arrayHeader(0);
        } else {
          if (step.required) throw new DigestSyncError("unencodable", "a key field is missing");
          continue;
        }
        present++;
      }
      writer.patchMapHeader(header, most, present);
    } catch (cause) {
      throw located(cause, collection, name, row);
    }
  }

  return (row) => {
    // A getter of the row may encode another row.
    const outermost = !busy;
    const writer = outermost ? shared : new CborWriter();
    busy = true;
    try {
      writer.raw(prefix);
      write(writer, row);
      return result(writer);
    } finally {
      writer.reset();
      if (outermost) busy = false;
    }
  };
}

function listWriter(field: Field): ValueWriter {
  const write = valueWriter(field);
  return (writer, value) => {
    if (!Array.isArray(value)) throw new DigestSyncError("unencodable", `expected an array, got ${typeof value}`);
    const { length } = value;
    writer.arrayHeader(length);
    for (let i = 0; i < length; i++) {
      const element: unknown = value[i];
      // Within a list of JSON values, null is one of them.
      if ((element === null || element === undefined) && field.type !== "Json")
        throw new DigestSyncError("unencodable", "a list must not hold null");
      write(writer, element);
    }
  };
}

/** The same error with its place. The message of a foreign error may hold values, so it is the cause only. */
function located(cause: unknown, collection: Collection, field: string | undefined, row: unknown): DigestSyncError {
  const ours = cause instanceof DigestSyncError;
  const reason = ours ? cause.message : "the value cannot be read";
  let key: string | undefined;
  try {
    key = keyText(collection, row as Record<string, unknown>);
  } catch {
    // The key may be the very thing that is wrong.
  }
  const place = field === undefined ? collection.name : `${collection.name}.${field}`;
  return new DigestSyncError("unencodable", `${place}${key === undefined ? "" : ` of row ${key}`}: ${reason}`, {
    collection: collection.name,
    ...(field === undefined ? {} : { field }),
    ...(key === undefined ? {} : { key }),
    ...(ours ? {} : { cause }),
  });
}
