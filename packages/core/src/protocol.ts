/** The version this code speaks, sent in every request. */
export const PROTOCOL = 1;

/** Which 8 bytes of a digest are the sketch's element: bytes 8w to 8w + 8. */
export type Window = 0 | 1 | 2 | 3;

/** `POST verify`: what the client holds. */
export interface VerifyRequest {
  readonly protocol: number;
  readonly algorithm: string;
  /** Fingerprint of the client's manifest, 8 bytes. */
  readonly manifest: Uint8Array;
  /** Sent when the client holds a subset, or the server did not know the fingerprint. */
  readonly collections?: readonly string[];
  /** Rows the client holds. */
  readonly count: number;
  /** 32 bytes over everything the client holds. */
  readonly root: Uint8Array;
  /** Serialised cells (see Sketch.toBytes); absent when nothing is expected to have changed. */
  readonly sketch?: Uint8Array;
  /** Absent means 0. */
  readonly window?: Window;
}

/** Row encodings by collection. A null-prototype object: collection names come from outside. */
export type RowsByCollection = Readonly<Record<string, readonly Uint8Array[]>>;

interface Answer {
  /** The root of the request this answers: a client refuses any other. */
  readonly base: Uint8Array;
}
export interface InSync extends Answer {
  readonly type: "in-sync";
  /** Rows the server could not encode and left out of the set; absent when none. */
  readonly incomplete?: number;
}
export interface Changes extends Answer {
  readonly type: "changes";
  readonly rows: RowsByCollection;
  /** Elements (8 bytes each, concatenated) of the digests only the client has. */
  readonly stale: Uint8Array;
  /** The window of `stale`; absent means 0. */
  readonly window?: Window;
  /** The server's set after these changes (when `more` is absent). */
  readonly count: number;
  readonly root: Uint8Array;
  /** The answer was cut at its size limit: apply, then verify again. */
  readonly more?: true;
  readonly incomplete?: number;
}
export interface LongerSketch extends Answer {
  readonly type: "longer-sketch";
  /** As many as do in nearly all cases. A client that can read `counts` may choose better. */
  readonly cells: number;
  /** The window to sketch; absent means 0. */
  readonly window?: Window;
  /** The server's count, present with `counts`. */
  readonly count?: number;
  /** Counts of the server's first cells in this window, 2 bytes each: sent when a better guess is worth their bytes. */
  readonly counts?: Uint8Array;
}
/** The difference is so large that pulling everything is cheaper. */
export interface Bulk extends Answer {
  readonly type: "bulk";
  /** Rows on the server, for progress. */
  readonly count: number;
}
/** The server does not know the fingerprint or algorithm, or not all collections that were named. */
export interface ManifestChanged extends Answer {
  readonly type: "manifest-changed";
  /** The server's fingerprint, 8 bytes. */
  readonly manifest: Uint8Array;
  /** Named collections the server does not have; absent when none. */
  readonly unknown?: readonly string[];
}
export type VerifyAnswer = InSync | Changes | LongerSketch | Bulk | ManifestChanged;

/** A place in the order of a pull: collections by name, then keys, both by UTF-8 bytes. No key: before the first. */
export interface Position {
  readonly collection: string;
  readonly key?: string;
}

/** `POST pull`: the next page of everything the client may hold. */
export interface PullRequest {
  readonly protocol: number;
  readonly algorithm: string;
  readonly manifest: Uint8Array;
  readonly collections?: readonly string[];
  /** Absent: from the beginning. */
  readonly after?: Position;
}
/** All rows after the request's position up to `next`: a key in that range that is not here is not in the set. */
export interface Page {
  readonly type: "page";
  readonly rows: RowsByCollection;
  /** Absent: this was the last page. */
  readonly next?: Position;
  /** Rows on the server, for progress. */
  readonly count: number;
}
export type PullAnswer = Page | Omit<ManifestChanged, "base">;
