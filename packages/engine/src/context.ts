import type { CompiledCollection } from "./collections.js";
import type { Dialect, OwnCollection } from "./dialect.js";
import type { Database } from "./ports.js";

/** What everything in the engine works on. */
export interface SettleContext {
  readonly database: Database;
  readonly dialect: Dialect;
  readonly collections: ReadonlyMap<string, CompiledCollection>;
  /** Of the whole manifest, 8 bytes. */
  readonly fingerprint: Uint8Array;
}

export function ownCollections({ collections }: SettleContext): OwnCollection[] {
  return [...collections].map(([name, { fingerprint }]) => ({ name, fingerprint }));
}
