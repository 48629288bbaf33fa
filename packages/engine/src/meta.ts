import type { Dialect } from "./dialect.js";
import type { Session, Statement } from "./ports.js";

/**
 * What `_digest_meta` says of a collection: `<fingerprint>:ready`, or `<fingerprint>:backfill:<position>` while rows
 * that were there before the triggers are still to be appended. The fingerprint is of the encoding the stored digests
 * were made with: of two app versions that run side by side, the one whose fingerprint is not here leaves it alone.
 */
export const metaName = (collection: string) => `collection:${collection}`;

export const readyValue = (fingerprint: string) => `${fingerprint}:ready`;

/** `after` is the last key that was appended; null before the first. */
export const backfillValue = (fingerprint: string, after: string | null) => `${fingerprint}:backfill:${after ?? ""}`;

export interface CollectionState {
  readonly fingerprint: string;
  /** Undefined when all rows have been appended. */
  readonly backfill?: { readonly after: string | null };
}

function parse(value: string): CollectionState {
  const [fingerprint = "", phase, ...rest] = value.split(":");
  const after = rest.join(":");
  return phase === "ready" ? { fingerprint } : { fingerprint, backfill: { after: after === "" ? null : after } };
}

/** The state of each collection that was ever installed. */
export async function readStates(
  session: Session,
  dialect: Dialect,
  names: readonly string[],
): Promise<Map<string, CollectionState>> {
  const rows = await session.query<{ name: string; value: string }>(dialect.getMeta(names.map(metaName)));
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const states = new Map<string, CollectionState>();
  for (const name of names) {
    const value = values.get(metaName(name));
    if (value !== undefined) states.set(name, parse(value));
  }
  return states;
}

/** Name of the row that lists the fingerprints of all manifests that were ever installed, the newest last. */
const historyName = "history";

/**
 * Where a manifest stands among those that were installed. A process whose manifest has been superseded was started
 * before a deploy, or restarted during one: it must not take the digests back.
 */
export async function standing(
  session: Session,
  dialect: Dialect,
  fingerprint: string,
): Promise<{ history: readonly string[]; current: boolean; superseded: boolean }> {
  const [row] = await session.query<{ value: string }>(dialect.getMeta([historyName]));
  const history = row ? row.value.split(" ") : [];
  const current = history.at(-1) === fingerprint;
  return { history, current, superseded: !current && history.includes(fingerprint) };
}

export function appendHistory(dialect: Dialect, history: readonly string[], fingerprint: string): Statement {
  return dialect.putMeta(historyName, [...history, fingerprint].join(" "));
}
