import { limits } from "./limits.js";
import {
  type AnyRecord,
  algorithm,
  collections,
  count,
  eightBytes,
  hash,
  optional,
  position,
  type RecordSchema,
  window,
} from "./message-schema.js";
import { PROTOCOL, type PullRequest, type VerifyRequest } from "./protocol.js";

// What only servers read: beside the answers, so that a client's bundle does not hold it.

const request = {
  protocol: { kind: "integer", least: PROTOCOL, most: PROTOCOL },
  algorithm,
  manifest: eightBytes,
  collections,
} as const;

export const verifyRequest: RecordSchema<VerifyRequest> = {
  kind: "map",
  fields: {
    ...request,
    count,
    root: hash,
    // A cell has at most 17 bytes: sum and check 12, count 5.
    sketch: { kind: "bytes", least: 0, most: limits.cells * 17, optional },
    window,
  },
};

export const pullRequest: RecordSchema<PullRequest> = {
  kind: "map",
  fields: { ...request, after: { ...position, optional } },
};

/** What a parser of its own checks. */
export const manifestMessage: AnyRecord = {
  kind: "map",
  fields: {
    version: { kind: "json" },
    algorithm: { kind: "json" },
    collections: { kind: "json" },
    fingerprint: eightBytes,
  },
};
