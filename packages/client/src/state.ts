import { fromHex, type Manifest, type Position, RootState, toHex } from "@digest-sync/core";

/** The digests of one collection, added up. */
export interface Sum {
  readonly root: RootState;
  /** Names of the key's fields when the rows were stored: their addresses are made of these. */
  readonly key: readonly string[];
}

/** The server's manifest, cut down to the collections this client holds, where it is not the app's own. */
export interface ServerManifest {
  /** Hex. */
  readonly fingerprint: string;
  readonly manifest: Manifest;
}

/** What is saved beside the rows, in the same transaction (SPEC.md, "State"). */
export interface State {
  /** Hex fingerprint of the app's manifest that this was saved under. */
  readonly app: string;
  /** The algorithm of all digests held. */
  readonly algorithm: string;
  readonly server?: ServerManifest | undefined;
  /** By collection; none when it is empty. Frozen collections are here too. */
  readonly sums: ReadonlyMap<string, Sum>;
  /** A bulk pull that is under way: everything up to here is in. No position: nothing is. */
  readonly pull?: { readonly after?: Position | undefined } | undefined;
  /** Hex of the last root the server called its own: while the local root equals it, the copy is a proven one. */
  readonly serverRoot?: string | undefined;
}

export function encodeState(state: State): string {
  const sums = [...state.sums].map(([name, { root, key }]) => [name, root.count, toHex(root.toBytes()), key]);
  return JSON.stringify({ format: 1, ...state, sums });
}

/** The inverse; undefined when the text is damaged or of a later version: the rows then tell. */
export function decodeState(text: string): State | undefined {
  try {
    const { format, ...state } = JSON.parse(text) as Omit<State, "sums"> & {
      format: number;
      sums: [string, number, string, string[]][];
    };
    if (format !== 1 || typeof state.app !== "string" || typeof state.algorithm !== "string") return undefined;
    const sums = state.sums.map(([name, count, bytes, key]): [string, Sum] => {
      if (!Array.isArray(key)) throw new TypeError("key");
      return [name, { root: RootState.fromBytes(count, fromHex(bytes)), key }];
    });
    return { ...state, sums: new Map(sums) };
  } catch {
    return undefined;
  }
}
