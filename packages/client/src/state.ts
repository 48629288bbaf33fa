import { decodeValue, encodeValue, type Manifest, type Position, RootState, Sketch } from "@digest-sync/core";

/** The digests of one collection, added up. */
export interface Sum {
  readonly root: RootState;
  /** Names of the key's fields when the rows were stored: their addresses are made of these. */
  readonly key: readonly string[];
}

/** The server's manifest, cut down to the collections this client holds, where it is not the app's own. */
export interface ServerManifest {
  readonly fingerprint: Uint8Array;
  readonly manifest: Manifest;
}

/** A bulk pull that is under way. */
export interface PullState {
  /** Everything up to here is in. Absent: nothing is. */
  readonly after?: Position | undefined;
  /** Rows that it brought so far. */
  readonly rows: number;
}

/** What is saved beside the rows, in the same transaction (SPEC.md, "State"). */
export interface State {
  /** Fingerprint of the app's manifest that this was saved under. */
  readonly app: Uint8Array;
  /** The algorithm of all digests held. */
  readonly algorithm: string;
  readonly server?: ServerManifest | undefined;
  /** By collection; none when it is empty. Frozen collections are here too. */
  readonly sums: ReadonlyMap<string, Sum>;
  /** The sketch of the active collections, window 0; absent when it has to be built anew. */
  readonly sketch?: Sketch | undefined;
  readonly pull?: PullState | undefined;
  /** The last root the server called its own: while the local root equals it, the copy is a proven one. */
  readonly serverRoot?: Uint8Array | undefined;
}

const FORMAT = 2;

export function encodeState(state: State): Uint8Array {
  const sums = [...state.sums].map(([name, { root, key }]) => [name, root.count, root.toBytes(), key]);
  return encodeValue({ ...state, format: FORMAT, sums, sketch: state.sketch?.toStored() });
}

/** The inverse; undefined when the bytes are damaged or of another version: the rows then tell. */
export function decodeState(bytes: Uint8Array): State | undefined {
  try {
    const { format, ...state } = decodeValue(bytes) as Omit<State, "sums" | "sketch"> & {
      format: number;
      sums: [string, number, Uint8Array, string[]][];
      sketch?: Uint8Array;
    };
    if (format !== FORMAT || state.app.length !== 8) return undefined;
    const sums = state.sums.map(([name, count, bytes, key]): [string, Sum] => {
      if (!Array.isArray(key)) throw new TypeError("key");
      return [name, { root: RootState.fromBytes(count, bytes), key }];
    });
    return { ...state, sums: new Map(sums), sketch: state.sketch && Sketch.fromStored(state.sketch) };
  } catch {
    return undefined;
  }
}
