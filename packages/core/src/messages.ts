import { equalBytes } from "./bytes.js";
import { CborReader } from "./cbor-reader.js";
import { encodeValue } from "./encode-value.js";
import { DigestSyncError } from "./errors.js";
import { fingerprint } from "./fingerprint.js";
import type { Manifest } from "./manifest.js";
import { parseManifest } from "./manifest-check.js";
import { knownOnly, parseMessage, printMessage } from "./message-json.js";
import { invalid, peek, readMessage } from "./message-read.js";
import { pullAnswer, type Schema, verifyAnswer } from "./message-schema.js";
import { PROTOCOL, type PullAnswer, type PullRequest, type VerifyAnswer, type VerifyRequest } from "./protocol.js";
import { manifestMessage, pullRequest, verifyRequest } from "./request-schema.js";

/** The two forms of every message: CBOR for programs, JSON (byte strings as lowercase hex) for curl and people. */
export type MediaType = "application/cbor" | "application/json";

/** `GET manifest`: the manifest with its fingerprint. */
export interface ManifestMessage extends Manifest {
  readonly fingerprint: Uint8Array;
}

const CBOR: MediaType = "application/cbor";

/**
 * Every `encode` function gives the bytes of a body, every `decode` function reads one and checks all of it: types,
 * lengths, limits. Properties it does not know are ignored.
 *
 * @throws DigestSyncError (decode) "malformed" when the bytes are no canonical CBOR, or no JSON; "invalid-message"
 *   naming the property; "unsupported-protocol" (requests); "unsupported-media-type"
 * @example
 * const body = encodeVerifyRequest({ protocol: PROTOCOL, algorithm: "sha256", manifest, count, root })
 */
export function encodeVerifyRequest(message: VerifyRequest, media: MediaType = CBOR): Uint8Array {
  return encode(verifyRequest, message, media);
}
/** See {@link encodeVerifyRequest}. */
export function decodeVerifyRequest(body: Uint8Array, media: MediaType = CBOR): VerifyRequest {
  return decode(verifyRequest, "request", body, media);
}
/** See {@link encodeVerifyRequest}. */
export function encodeVerifyAnswer(message: VerifyAnswer, media: MediaType = CBOR): Uint8Array {
  return encode(verifyAnswer, message, media);
}
/** See {@link encodeVerifyRequest}. */
export function decodeVerifyAnswer(body: Uint8Array, media: MediaType = CBOR): VerifyAnswer {
  return decode(verifyAnswer, "answer", body, media);
}
/** See {@link encodeVerifyRequest}. */
export function encodePullRequest(message: PullRequest, media: MediaType = CBOR): Uint8Array {
  return encode(pullRequest, message, media);
}
/** See {@link encodeVerifyRequest}. */
export function decodePullRequest(body: Uint8Array, media: MediaType = CBOR): PullRequest {
  return decode(pullRequest, "request", body, media);
}
/** See {@link encodeVerifyRequest}. */
export function encodePullAnswer(message: PullAnswer, media: MediaType = CBOR): Uint8Array {
  return encode(pullAnswer, message, media);
}
/** See {@link encodeVerifyRequest}. */
export function decodePullAnswer(body: Uint8Array, media: MediaType = CBOR): PullAnswer {
  return decode(pullAnswer, "answer", body, media);
}

/** The body of `GET manifest`: whatever else the manifest object carries, tables for instance, stays here. */
export function encodeManifest(manifest: Manifest, media: MediaType = CBOR): Uint8Array {
  const { version, algorithm, collections } = parseManifest(manifest);
  return encode(manifestMessage, { version, algorithm, collections, fingerprint: fingerprint(manifest) }, media);
}

/**
 * Reads the body of `GET manifest`.
 *
 * @throws DigestSyncError as the other decoders, and "invalid-manifest" for what `parseManifest` refuses
 */
export function decodeManifest(body: Uint8Array, media: MediaType = CBOR): ManifestMessage {
  const message = decode<ManifestMessage>(manifestMessage, "manifest", body, media);
  const manifest = parseManifest(message);
  // Unequal when the other side has properties that change digests and that this side does not know.
  if (!equalBytes(fingerprint(manifest), message.fingerprint))
    throw invalid("manifest.fingerprint", "is not the fingerprint of this manifest; update the older side");
  return { ...manifest, fingerprint: message.fingerprint };
}

function encode(schema: Schema, message: unknown, media: MediaType): Uint8Array {
  if (isJson(media)) return new TextEncoder().encode(JSON.stringify(printMessage(message, schema)));
  return encodeValue(knownOnly(message, schema));
}

function decode<T>(schema: Schema, name: string, body: Uint8Array, media: MediaType): T {
  if (isJson(media)) {
    const json = parseJson(body);
    if (name === "request" && typeof json === "object")
      requireProtocol((json as { protocol?: unknown } | null)?.protocol);
    return parseMessage(json, schema, name) as T;
  }
  const reader = new CborReader(body);
  if (name === "request") requireProtocol(peek(reader, name, "protocol"));
  const message = readMessage(reader, schema, name);
  reader.end();
  return message as T;
}

/** Checked before all else: another version may have any other property. */
function requireProtocol(value: unknown): void {
  if (typeof value !== "number") throw invalid("request.protocol", "must be an integer");
  if (value === PROTOCOL) return;
  throw new DigestSyncError(
    "unsupported-protocol",
    `this side speaks protocol ${PROTOCOL}, the request is of protocol ${value}; update the older side`,
  );
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new DigestSyncError("malformed", "the body is not valid JSON in UTF-8", { cause });
  }
}

function isJson(media: MediaType): boolean {
  if (media === "application/json") return true;
  if (media === CBOR) return false;
  throw new DigestSyncError("unsupported-media-type", "bodies are application/cbor or application/json");
}
