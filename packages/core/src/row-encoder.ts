import { compareBytes } from "./bytes.js";
import { CborWriter } from "./cbor-writer.js";
import { DigestSyncError } from "./errors.js";
import { type ValueWriter, valueWriter } from "./field-value.js";
import { keyText } from "./key.js";
import type { Collection, Field } from "./manifest.js";

/** A field with what encoding and decoding it needs, computed once per collection. */
export interface EncodedField {
  readonly field: Field;
  readonly name: string;
  /** The CBOR text of the name, as it stands in the map. */
  readonly encodedName: Uint8Array;
}

/** A collection's fields in the order of the map: shorter names first, then bytewise. */
export function encodedFields(collection: Collection): EncodedField[] {
  const writer = new CborWriter();
  const fields = collection.fields.map((field) => {
    writer.text(field.name);
    return { field, name: field.name, encodedName: writer.finish() };
  });
  return fields.sort((a, b) => compareBytes(a.encodedName, b.encodedName));
}

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
  const steps = encodedFields(collection).map(({ field, name, encodedName }) => ({
    name,
    encodedName,
    list: field.list === true,
    required: collection.key.includes(name),
    nullable: field.type === "Json",
    write: valueWriter(field),
  }));
  const most = steps.length;
  const shared = new CborWriter();
  let busy = false;

  return (row) => {
    // A getter of the row may encode another row.
    const writer = busy ? new CborWriter() : shared;
    const outermost = !busy;
    busy = true;
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
          if (step.list) writeList(writer, value, step.write, step.nullable);
          else step.write(writer, value);
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
      return writer.finish();
    } catch (cause) {
      writer.reset();
      throw located(cause, collection, name, row);
    } finally {
      if (outermost) busy = false;
    }
  };
}

function writeList(writer: CborWriter, value: unknown, write: ValueWriter, nullable: boolean): void {
  if (!Array.isArray(value)) throw new DigestSyncError("unencodable", `expected an array, got ${typeof value}`);
  writer.arrayHeader(value.length);
  for (const element of value as unknown[]) {
    if ((element === null || element === undefined) && !nullable)
      throw new DigestSyncError("unencodable", "a list must not hold null");
    write(writer, element);
  }
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
