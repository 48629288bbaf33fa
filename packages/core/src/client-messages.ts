import { equalBytes } from "./bytes.js";
import { CborReader } from "./cbor-reader.js";
import { encodeValue } from "./encode-value.js";
import { fingerprint } from "./fingerprint.js";
import type { Manifest } from "./manifest.js";
import { invalid, readMessage } from "./message-read.js";
import { manifestForClients, pullAnswer, type Schema, verifyAnswer } from "./message-schema.js";
import type { ManifestMessage } from "./messages.js";
import type { PullAnswer, PullRequest, VerifyAnswer, VerifyRequest } from "./protocol.js";
import { isFieldType } from "./row-decoder.js";

// The messages as a client needs them: requests to write and answers to read, in CBOR. Beside `messages.ts`, which has
// all of them in both forms, so that a bundle holds no more than it uses.

/** The body of a request. */
export function writeRequest(request: VerifyRequest | PullRequest): Uint8Array {
  return encodeValue(request);
}

/** Reads and checks the answer to `POST verify`, as `decodeVerifyAnswer` does. */
export function readVerifyAnswer(body: Uint8Array): VerifyAnswer {
  return read(body, verifyAnswer) as VerifyAnswer;
}

/** Reads and checks the answer to `POST pull`, as `decodePullAnswer` does. */
export function readPullAnswer(body: Uint8Array): PullAnswer {
  return read(body, pullAnswer) as PullAnswer;
}

/**
 * Reads the body of `GET manifest`. Less strict than `decodeManifest`: it checks what reading rows rests on, and the
 * fingerprint.
 */
export function readManifest(body: Uint8Array): ManifestMessage {
  const manifest = read(body, manifestForClients) as ManifestMessage;
  for (const { name, fields, key } of manifest.collections) {
    const isKnown = fields.every((field) => isFieldType(field.type) && /^[a-z]\w*$/i.test(field.name));
    const keyFields = fields.filter(
      (field) => key.includes(field.name) && /^(String|Enum|Int|BigInt)$/.test(field.type),
    );
    const isKey = key.length > 0 && keyFields.length === key.length && !keyFields.some((f) => f.list || f.optional);
    if (!isKnown || !isKey) throw invalid(`answer.collections.${name}`, "cannot be read; update the app");
  }
  // Unequal when the other side has properties that change digests and that this side does not know.
  if (!equalBytes(fingerprint(manifest as Manifest), manifest.fingerprint))
    throw invalid("answer.fingerprint", "is not the fingerprint of this manifest; update the older side");
  return manifest;
}

function read(body: Uint8Array, schema: Schema): unknown {
  const reader = new CborReader(body);
  const message = readMessage(reader, schema, "answer");
  reader.end();
  return message;
}
