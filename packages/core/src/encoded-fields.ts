import { compareBytes } from "./bytes.js";
import { encodeValue } from "./encode-value.js";
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
  const fields = collection.fields.map((field) => ({ field, name: field.name, encodedName: encodeValue(field.name) }));
  return fields.sort((a, b) => compareBytes(a.encodedName, b.encodedName));
}
