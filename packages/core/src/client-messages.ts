import { CborReader } from "./cbor-reader.js";
import { readValue } from "./cbor-value.js";
import { DigestSyncError } from "./errors.js";
import { messageLimits as limits } from "./message-limits.js";
import type { PullAnswer, RowsByCollection, VerifyAnswer } from "./protocol.js";

// The answers as a client needs them, in CBOR; requests it writes with `encodeValue`. Beside `messages.ts`, which has
// all of them in both forms, so that a bundle holds no more than it uses.

/**
 * Reads and checks the answer to `POST verify`, straight from the bytes. Of what `decodeVerifyAnswer` reads it leaves out
 * what a client has no use for: which manifest the server has, it asks the server.
 *
 * @throws DigestSyncError "malformed" and "invalid-message"
 */
export function readVerifyAnswer(body: Uint8Array): VerifyAnswer {
  return readAnswer(body, {
    "in-sync": ["base"],
    changes: ["base", "rows", "stale", "count", "root"],
    "longer-sketch": ["base", "cells"],
    bulk: ["base", "count"],
    "manifest-changed": ["base"],
  }) as VerifyAnswer;
}

/** Reads and checks the answer to `POST pull`, as {@link readVerifyAnswer} does. */
export function readPullAnswer(body: Uint8Array): PullAnswer {
  return readAnswer(body, { page: ["rows", "count"], "manifest-changed": [] }) as PullAnswer;
}

/** @param needed by type, what an answer must have */
function readAnswer(body: Uint8Array, needed: Readonly<Record<string, readonly string[]>>): unknown {
  const reader = new CborReader(body);
  const answer = readMap(reader, properties, ["type"]);
  const type = answer.type as string;
  if (!Object.hasOwn(needed, type)) throw invalid(`the type ${type.slice(0, 64)} is not known`);
  requireAll(answer, needed[type]!);
  reader.end();
  return answer;
}

type Reader = (reader: CborReader, name: string) => unknown;

/** A property has one form, whichever answer it is in. */
const properties: Readonly<Record<string, Reader>> = {
  type: readText,
  base: bytes(32, 32),
  root: bytes(32, 32),
  stale: bytes(0, Number.MAX_SAFE_INTEGER, 8),
  counts: bytes(2, 2 * limits.storedCells, 2),
  count: integer(0),
  incomplete: integer(0),
  cells: integer(1, limits.cells),
  window: integer(0, 3),
  more: (reader) => reader.scalar("boolean") || reader.fail("more must be true"),
  rows: readRows,
  next: (reader) => readMap(reader, { collection: readText, key: readText }, ["collection"]),
};

function readMap(
  reader: CborReader,
  known: Readonly<Record<string, Reader>>,
  needed: readonly string[],
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  eachEntry(reader, limits.properties, (name) => {
    // Others are ignored, which leaves room for growth.
    if (Object.hasOwn(known, name)) found[name] = known[name]!(reader, name);
    else readValue(reader);
  });
  requireAll(found, needed);
  return found;
}

function requireAll(found: object, names: readonly string[]): void {
  for (const name of names) if (!Object.hasOwn(found, name)) throw invalid(`${name} is missing`);
}

function readRows(reader: CborReader): RowsByCollection {
  const found: Record<string, Uint8Array[]> = Object.create(null);
  let budget: number = limits.answerRows;
  eachEntry(reader, limits.collections, (name) => {
    let left = reader.header("array");
    budget -= left;
    if (budget < 0) throw invalid(`there are more than ${limits.answerRows} rows`);
    const rows: Uint8Array[] = [];
    found[name] = rows;
    for (; left > 0; left--) rows.push(reader.scalar("bytes") as Uint8Array);
  });
  return found;
}

/** Calls `read` after each key of a map. */
function eachEntry(reader: CborReader, most: number, read: (name: string) => void): void {
  let left = reader.header("map");
  if (left > most) throw invalid(`a map has more than ${most} entries`);
  for (let previous = -1; left > 0; left--) {
    const at = reader.offset;
    read(reader.key(previous));
    previous = at;
  }
}

function readText(reader: CborReader): unknown {
  return reader.scalar("text");
}

function bytes(least: number, most: number, step = 1): Reader {
  return (reader, name) => {
    const value = reader.scalar("bytes") as Uint8Array;
    const { length } = value;
    return length < least || length > most || length % step ? reader.fail(`${name} has ${length} bytes`) : value;
  };
}

function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Reader {
  return (reader, name) => {
    const value = reader.scalar("integer") as number | bigint;
    return value < least || value > most ? reader.fail(`${name} is ${value}`) : value;
  };
}

function invalid(why: string): DigestSyncError {
  return new DigestSyncError("invalid-message", `the answer cannot be read: ${why}`);
}
