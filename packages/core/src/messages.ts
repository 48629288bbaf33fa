import { equalBytes } from "./bytes.js";
import { CborReader } from "./cbor-reader.js";
import { CborWriter } from "./cbor-writer.js";
import { DigestSyncError } from "./errors.js";
import { fingerprint } from "./fingerprint.js";
import { limits } from "./limits.js";
import type { Manifest } from "./manifest.js";
import { parseManifest } from "./manifest-check.js";
import { bytes, integer, invalid, json, type Kind, literal, names, rows, text } from "./message-kinds.js";
import { checkedFirst, optional, record, variants } from "./message-record.js";
import type {
  Bulk,
  Changes,
  InSync,
  LongerSketch,
  ManifestChanged,
  Page,
  Position,
  PullAnswer,
  PullRequest,
  VerifyAnswer,
  VerifyRequest,
  Window,
} from "./protocol.js";
import { PROTOCOL } from "./protocol.js";

/** The two forms of every message: CBOR for programs, JSON (byte strings as lowercase hex) for curl and people. */
export type MediaType = "application/cbor" | "application/json";

/** `GET manifest`: the manifest with its fingerprint. */
export interface ManifestMessage extends Manifest {
  readonly fingerprint: Uint8Array;
}

const CBOR: MediaType = "application/cbor";

const count = integer(0, Number.MAX_SAFE_INTEGER);
const window = integer<Window>(0, 3);
const algorithm = text(64);
const hash = bytes((length) => length === 32, "32 bytes");
const eightBytes = bytes((length) => length === 8, "8 bytes");
/** A cell has at most 17 bytes: sum and check 12, count 5. */
const sketch = bytes((length) => length <= limits.cells * 17, `at most ${limits.cells} cells`);
const stale = bytes((length) => length % 8 === 0, "a multiple of 8 bytes");
const counts = bytes(
  (length) => length > 0 && length % 2 === 0 && length <= 2 * limits.storedCells,
  `2 bytes for each of at most ${limits.storedCells} cells`,
);
const collections = names(limits.collections);
const position = record<Position>({ collection: text(256), key: optional(text(limits.requestBytes, true)) });

/** Checked first: another version may have any other property. */
function speaks(value: unknown, path: string): void {
  if (typeof value !== "number") throw invalid(path, "must be an integer");
  if (value !== PROTOCOL) {
    throw new DigestSyncError(
      "unsupported-protocol",
      `this side speaks protocol ${PROTOCOL}, the request is of protocol ${value}; update the older side`,
    );
  }
}

const verifyRequest = checkedFirst(
  "protocol",
  speaks,
  record<VerifyRequest>({
    protocol: integer(PROTOCOL, PROTOCOL),
    algorithm,
    manifest: eightBytes,
    collections: optional(collections),
    count,
    root: hash,
    sketch: optional(sketch),
    window: optional(window),
  }),
);

const pullRequest = checkedFirst(
  "protocol",
  speaks,
  record<PullRequest>({
    protocol: integer(PROTOCOL, PROTOCOL),
    algorithm,
    manifest: eightBytes,
    collections: optional(collections),
    after: optional(position),
  }),
);

const verifyAnswer = variants<VerifyAnswer>({
  "in-sync": record<InSync>({ type: literal("in-sync"), base: hash, incomplete: optional(count) }),
  changes: record<Changes>({
    type: literal("changes"),
    base: hash,
    rows,
    stale,
    window: optional(window),
    count,
    root: hash,
    more: optional(literal(true)),
    incomplete: optional(count),
  }),
  "longer-sketch": record<LongerSketch>({
    type: literal("longer-sketch"),
    base: hash,
    cells: integer(1, limits.cells),
    window: optional(window),
    count: optional(count),
    counts: optional(counts),
  }),
  bulk: record<Bulk>({ type: literal("bulk"), base: hash, count }),
  "manifest-changed": record<ManifestChanged>({
    type: literal("manifest-changed"),
    base: hash,
    manifest: eightBytes,
    unknown: optional(collections),
  }),
});

const pullAnswer = variants<PullAnswer>({
  page: record<Page>({ type: literal("page"), rows, next: optional(position), count }),
  "manifest-changed": record<Omit<ManifestChanged, "base">>({
    type: literal("manifest-changed"),
    manifest: eightBytes,
    unknown: optional(collections),
  }),
});

const manifestMessage = record<{ version: unknown; algorithm: unknown; collections: unknown; fingerprint: Uint8Array }>(
  {
    version: json,
    algorithm: json,
    collections: json,
    fingerprint: eightBytes,
  },
);

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
  const message = decode(manifestMessage, "manifest", body, media);
  const manifest = parseManifest(message);
  // Unequal when the other side has properties that change digests and that this side does not know.
  if (!equalBytes(fingerprint(manifest), message.fingerprint))
    throw invalid("manifest.fingerprint", "is not the fingerprint of this manifest; update the older side");
  return { ...manifest, fingerprint: message.fingerprint };
}

function encode<T>(kind: Kind<T>, message: T, media: MediaType): Uint8Array {
  if (isJson(media)) return new TextEncoder().encode(JSON.stringify(kind.print(message)));
  const writer = new CborWriter();
  kind.write(writer, message);
  return writer.finish();
}

function decode<T>(kind: Kind<T>, name: string, body: Uint8Array, media: MediaType): T {
  if (isJson(media)) return kind.parse(parseJson(body), name);
  const reader = new CborReader(body);
  const message = kind.read(reader, name);
  reader.end();
  return message;
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
