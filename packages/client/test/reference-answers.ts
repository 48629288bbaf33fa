import {
  compareKeys,
  DigestSyncError,
  equalBytes,
  fingerprint,
  limits,
  type ManifestChanged,
  nextCells,
  type Page,
  type Position,
  type PullAnswer,
  type PullRequest,
  peel,
  type RowsByCollection,
  sketchFromBytes,
  toHex,
  type VerifyAnswer,
  type VerifyRequest,
  type Window,
} from "@digest-sync/core";
import type { ReferenceRow, ReferenceSet } from "./reference-set.js";

export interface AnswerLimits {
  /** Rows and stale digests in one `changes`. */
  readonly answerRows: number;
  readonly pageRows: number;
  /** Differences past which a pull is cheaper, as a share of the larger set; Infinity: never bulk while a sketch decodes. */
  readonly bulkShare: number;
}

/** PROTOCOL's answer to a verification, as DESIGN.md describes it. */
export function answerVerify(set: ReferenceSet, request: VerifyRequest, bounds: AnswerLimits): VerifyAnswer {
  const base = request.root;
  const other = manifestChanged(set, request);
  if (other !== undefined) return { ...other, base };
  const names = namesOf(set, request);
  const { count, root } = set.root(names);
  if (equalBytes(root, base) && count === request.count) return { type: "in-sync", base };
  const bulk: VerifyAnswer = { type: "bulk", base, count };
  const rows = set.list(names);
  const largest = Math.max(count, request.count);
  const window = request.window ?? 0;
  if (request.count === 0 && request.sketch === undefined) {
    if (count > bounds.answerRows) return bulk;
    return { type: "changes", base, rows: byCollection(rows), stale: new Uint8Array(0), count, root };
  }
  if (request.sketch === undefined) return { type: "longer-sketch", base, cells: 32 };
  const theirs = sketchFromBytes(request.sketch, request.count);
  if (!theirs.fits(request.count)) throw new DigestSyncError("invalid-message", "the sketch does not fit the count");
  const ours = set.sketch(names, theirs.cells, window);
  const difference = ours.minus(theirs);
  const found = peel(difference);
  const elements = found && found.onlyA.length + found.onlyB.length;
  if (found === null) {
    const cells = nextCells(difference, count - request.count);
    if (cells / 2.72 > bounds.bulkShare * largest) return bulk;
    if (cells > theirs.cells) return { type: "longer-sketch", base, cells, window };
    return theirs.cells < limits.cells
      ? { type: "longer-sketch", base, cells: Math.min(limits.cells, theirs.cells * 2), window }
      : nextWindow(base, window, bulk);
  }
  if (elements === 0) return nextWindow(base, window, bulk);
  const wanted = elementTexts(found.onlyA);
  const missing = rows.filter(({ digest }) => wanted.has(elementText(digest, window)));
  const cut = missing.slice(0, bounds.answerRows);
  const stale = found.onlyB.slice(0, bounds.answerRows * 8);
  const more = cut.length < missing.length || stale.length < found.onlyB.length;
  return {
    type: "changes",
    base,
    rows: byCollection(cut),
    stale,
    ...(window === 0 ? {} : { window }),
    count,
    root,
    ...(more ? { more } : {}),
  };
}

/** PROTOCOL's answer to a pull. */
export function answerPull(set: ReferenceSet, request: PullRequest, bounds: AnswerLimits): PullAnswer {
  const other = manifestChanged(set, request);
  if (other !== undefined) return other;
  const names = namesOf(set, request);
  const all = set.list(names);
  const rest = all.filter((row) => request.after === undefined || isAfter(row, request.after));
  const rows = rest.slice(0, bounds.pageRows);
  const last = rows.at(-1);
  const page: Page = { type: "page", rows: byCollection(rows), count: all.length };
  if (rows.length === rest.length || last === undefined) return page;
  return { ...page, next: { collection: last.collection, key: last.key } };
}

function manifestChanged(
  set: ReferenceSet,
  { manifest, algorithm, collections }: VerifyRequest | PullRequest,
): Omit<ManifestChanged, "base"> | undefined {
  const own = fingerprint(set.manifest);
  const unknown = (collections ?? []).filter((name) => !set.manifest.collections.some((known) => known.name === name));
  const isKnown = collections !== undefined || equalBytes(own, manifest);
  if (isKnown && algorithm === set.manifest.algorithm && unknown.length === 0) return undefined;
  return { type: "manifest-changed", manifest: own, ...(unknown.length === 0 ? {} : { unknown }) };
}

function namesOf(set: ReferenceSet, { collections }: VerifyRequest | PullRequest): readonly string[] {
  return collections ?? set.manifest.collections.map(({ name }) => name);
}

function nextWindow(base: Uint8Array, window: Window, bulk: VerifyAnswer): VerifyAnswer {
  if (window === 3) return bulk;
  return { type: "longer-sketch", base, cells: 32, window: (window + 1) as Window };
}

function isAfter(row: ReferenceRow, { collection, key }: Position): boolean {
  const order = compareKeys(row.collection, collection);
  return order > 0 || (order === 0 && (key === undefined || compareKeys(row.key, key) > 0));
}

function elementText(digest: Uint8Array, window: number): string {
  return toHex(digest.subarray(window * 8, window * 8 + 8));
}

function elementTexts(elements: Uint8Array): Set<string> {
  const texts = new Set<string>();
  for (let at = 0; at < elements.length; at += 8) texts.add(toHex(elements.subarray(at, at + 8)));
  return texts;
}

export function byCollection(rows: readonly ReferenceRow[]): RowsByCollection {
  const sorted: Record<string, Uint8Array[]> = Object.create(null);
  for (const { collection, encoding } of rows) {
    sorted[collection] ??= [];
    sorted[collection].push(encoding);
  }
  return sorted;
}
