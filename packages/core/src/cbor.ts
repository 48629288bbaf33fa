// The profile of CBOR (RFC 8949) that every byte of this project is written in: DAG-CBOR without tags. Whatever has
// two encodings in CBOR has one here, so that equal values have equal digests.
export { CborReader } from "./cbor-reader.js";
export { skipValue } from "./cbor-skip.js";
export { decodeValue, readValue } from "./cbor-value.js";
export { CborWriter } from "./cbor-writer.js";
